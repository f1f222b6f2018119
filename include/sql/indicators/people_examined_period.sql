-- id: people_examined_period
-- name_vi: Số người được khám trong kỳ
-- name_en: People examined in the period
-- unit: người
-- numerator: people whose first examination of a year fell into the period, each counted once, by the earliest such one
-- denominator: all of them
-- breakdowns: total, source, payer, form
-- source: counted
-- target: none
-- small_cells: suppress
WITH once AS (
    -- A period may reach over New Year, and counted has a row for each year.
    SELECT DISTINCT ON (person_id)
        person_id,
        source,
        payer_code,
        form
    FROM counted
    WHERE exam_date BETWEEN :period_from AND :period_to
    ORDER BY person_id ASC, exam_date ASC
)

SELECT
    CASE
        WHEN grouping(source) = 0 THEN 'source'
        WHEN grouping(payer_code) = 0 THEN 'payer'
        WHEN grouping(form) = 0 THEN 'form'
        ELSE 'total'
    END AS breakdown,
    coalesce(source, payer_code, form, '') AS key,
    count(*) AS numerator,
    (SELECT count(everyone.person_id) FROM once AS everyone) AS denominator
FROM once
GROUP BY GROUPING SETS ((), (source), (payer_code), (form))
