-- id: people_by_records
-- name_vi: Số người được khám theo số lần khám trong năm
-- name_en: People by number of examinations this year
-- unit: người
-- numerator: people with that many examinations between 1 January and the end of the period
-- denominator: people examined in that time
-- breakdowns: total, times (1, 2, 3_plus)
-- source: examined
-- target: none
-- small_cells: suppress
WITH everyone AS (
    SELECT
        coalesce(sum(people_in_year), 0) AS one,
        coalesce(sum(people_with_two), 0) AS two,
        coalesce(sum(people_with_three), 0) AS three
    FROM examined
    WHERE facet = 'exam'
)

SELECT
    'total' AS breakdown,
    '' AS key,
    one AS numerator,
    one AS denominator
FROM everyone
UNION ALL
SELECT
    'times' AS breakdown,
    times.key,
    times.people AS numerator,
    e.one AS denominator
FROM everyone AS e
CROSS JOIN LATERAL (VALUES ('1', e.one - e.two), ('2', e.two - e.three), ('3_plus', e.three)) AS times (key, people)
