-- id: target_projection
-- name_vi: Dự báo thực hiện các chỉ tiêu
-- name_en: Targets: what the pace so far leads to
-- unit: đơn vị của chỉ tiêu
-- numerator: result at the end of the target's year by the pace of the year's last 28 days (examinations) or since an earlier report, if there is one
-- denominator: the value to be reached
-- breakdowns: target (ids of the profile's targets)
-- source: computed, examined, reporting.figure
-- target: those of the profile
-- small_cells: follow examined_share, health_book_share, insurance_known
WITH target AS (
    SELECT
        element.item ->> 'id' AS id,
        element.item ->> 'indicator' AS indicator,
        element.item ->> 'comparison' AS comparison,
        cast(element.item ->> 'value' AS numeric) AS value,
        cast(element.item ->> 'by_year' AS integer) AS by_year,
        CASE WHEN element.item ->> 'unit' = '%' THEN 100 ELSE 1 END AS scale
    FROM jsonb_array_elements(cast(:targets AS jsonb)) AS element (item)
),

result AS (
    SELECT
        t.id,
        t.indicator,
        t.value,
        t.scale,
        t.by_year,
        c.denominator,
        t.scale * c.numerator / nullif(c.denominator, 0) AS reached
    FROM target AS t
    LEFT JOIN computed AS c ON t.indicator = c.indicator AND c.breakdown = 'total'
),

-- Examinations begin anew each year: their pace is that of its last four weeks, or of all its days where it has no more yet,
-- to the end of this one.
lately AS (
    SELECT
        coalesce(sum(people_in_year), 0)
        / least(28.0, cast(:period_to AS date) - make_date(:year, 1, 1) + 1) AS a_day
    FROM examined
    WHERE facet = 'day' AND resident AND exam_date > cast(:period_to AS date) - 28
),

earlier AS (
    SELECT DISTINCT ON (f.indicator)
        f.indicator,
        s.period_to,
        f.numerator / nullif(f.denominator, 0) AS share
    FROM reporting.figure AS f
    INNER JOIN reporting.snapshot AS n ON f.snapshot_id = n.snapshot_id
    INNER JOIN reporting.submission AS s ON n.submission_id = s.submission_id
    WHERE
        s.province_code = :province
        AND f.breakdown = 'total'
        AND s.period_to BETWEEN cast(:period_to AS date) - 400 AND cast(:period_to AS date) - 28
    ORDER BY f.indicator ASC, s.period_to DESC, n.snapshot_id DESC
),

expected AS (
    SELECT
        r.id,
        r.value,
        r.scale,
        CASE
            WHEN r.indicator = 'examined_share'
                THEN r.reached + r.scale * l.a_day * (make_date(:year, 12, 31) - cast(:period_to AS date)) / nullif(r.denominator, 0)
            ELSE r.reached + (r.reached - r.scale * e.share) / (cast(:period_to AS date) - e.period_to)
                * greatest(make_date(r.by_year, 12, 31) - cast(:period_to AS date), 0)
        END AS result
    FROM result AS r
    CROSS JOIN lately AS l
    LEFT JOIN earlier AS e ON r.indicator = e.indicator
)

SELECT
    'target' AS breakdown,
    id AS key,
    -- greatest and least would make a number of nothing.
    CASE
        WHEN result IS NOT NULL
            THEN round(greatest(CASE WHEN scale = 100 THEN least(result, 100) ELSE result END, 0), 2)
    END AS numerator,
    value AS denominator
FROM expected
