-- id: weekly_progress
-- name_vi: Tiến độ khám theo tuần
-- name_en: Residents examined week by week
-- unit: người
-- numerator: residents whose first examination of the year fell into the week (by week: of weeks over at the end of the period)
-- denominator: residents on the roster
-- breakdowns: total, week (ISO week)
-- source: resident_sum, examined, reporting.submission
-- target: none
-- small_cells: suppress
-- beside: week = week_part
-- week_part: of a week, also of the one that is not over, the part with the fewest. The totals of the province's reports cut the
-- weeks after the days on which a period ends and before those on which one begins.
WITH cut AS (
    SELECT period_to AS last_day
    FROM reporting.submission
    WHERE province_code = :province AND incident IS NULL
    UNION
    SELECT period_from - 1 AS last_day
    FROM reporting.submission
    WHERE province_code = :province AND incident IS NULL
),

a_day AS (
    SELECT
        exam_date,
        sum(people_in_year) AS people
    FROM examined
    WHERE facet = 'day' AND resident
    GROUP BY exam_date
),

seen AS (
    SELECT
        to_char(d.exam_date, 'IYYY-"W"IW') AS week,
        cast(date_trunc('week', d.exam_date) AS date) + 6 <= :period_to AS is_over,
        (SELECT count(c.last_day) FROM cut AS c WHERE c.last_day < d.exam_date) AS part,
        d.people
    FROM a_day AS d
),

part AS (
    SELECT
        week,
        is_over,
        sum(people) AS people
    FROM seen
    GROUP BY week, is_over, part
    HAVING sum(people) > 0
)

SELECT
    'total' AS breakdown,
    '' AS key,
    coalesce(sum(people), 0) AS numerator,
    (SELECT r.people FROM resident_sum AS r WHERE r.breakdown = 'total') AS denominator
FROM part
UNION ALL
SELECT
    'week' AS breakdown,
    week AS key,
    sum(people) AS numerator,
    (SELECT r.people FROM resident_sum AS r WHERE r.breakdown = 'total') AS denominator
FROM part
WHERE is_over
GROUP BY week
UNION ALL
SELECT
    'week_part' AS breakdown,
    week AS key,
    min(people) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM part
GROUP BY week
