-- id: people_examined_period
-- name_vi: Số người được khám trong kỳ
-- name_en: People examined in the period
-- unit: người
-- numerator: people whose first examination of a year fell into the period, each counted once, by the earliest such one
-- denominator: all of them
-- breakdowns: total, source, payer, form
-- source: examined
-- target: none
-- small_cells: suppress
SELECT
    CASE
        WHEN grouping(source) = 0 THEN 'source'
        WHEN grouping(payer_code) = 0 THEN 'payer'
        WHEN grouping(form) = 0 THEN 'form'
        ELSE 'total'
    END AS breakdown,
    coalesce(source, payer_code, form, '') AS key,
    coalesce(sum(people_in_period), 0) AS numerator,
    (SELECT coalesce(sum(everyone.people_in_period), 0) FROM examined AS everyone WHERE everyone.facet = 'exam') AS denominator
FROM examined
WHERE facet = 'exam'
GROUP BY GROUPING SETS ((), (source), (payer_code), (form))
HAVING grouping(source, payer_code, form) = 7 OR sum(people_in_period) > 0
