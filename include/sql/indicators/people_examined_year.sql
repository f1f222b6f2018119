-- id: people_examined_year
-- name_vi: Số người được khám từ đầu năm
-- name_en: People examined since the year began
-- unit: người
-- numerator: people whose first examination of the year fell between 1 January and the end of the period, each counted once
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
    coalesce(sum(people_in_year), 0) AS numerator,
    (SELECT coalesce(sum(everyone.people_in_year), 0) FROM examined AS everyone WHERE everyone.facet = 'exam') AS denominator
FROM examined
WHERE facet = 'exam'
GROUP BY GROUPING SETS ((), (source), (payer_code), (form))
HAVING grouping(source, payer_code, form) = 7 OR sum(people_in_year) > 0
