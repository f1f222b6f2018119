-- id: people_examined_year
-- name_vi: Số người được khám từ đầu năm
-- name_en: People examined since the year began
-- unit: người
-- numerator: people whose first examination of the year fell between 1 January and the end of the period, each counted once
-- denominator: all of them
-- breakdowns: total, source, payer, form
-- source: counted
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
    count(*) AS numerator,
    (
        SELECT count(everyone.person_id) FROM counted AS everyone
        WHERE everyone.exam_date BETWEEN make_date(:year, 1, 1) AND :period_to
    ) AS denominator
FROM counted
WHERE exam_date BETWEEN make_date(:year, 1, 1) AND :period_to
GROUP BY GROUPING SETS ((), (source), (payer_code), (form))
