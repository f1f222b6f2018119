-- id: people_examined_year
-- name_vi: Số người được khám từ đầu năm
-- name_en: People examined since the year began
-- unit: người
-- numerator: people whose first examination of the year fell between 1 January and the end of the period, each counted once
-- denominator: all of them
-- breakdowns: total, source, payer, form
-- source: exam_sum
-- target: none
-- small_cells: suppress
SELECT
    s.breakdown,
    s.key,
    s.people_in_year AS numerator,
    t.people_in_year AS denominator
FROM exam_sum AS s
CROSS JOIN exam_sum AS t
WHERE
    t.breakdown = 'total'
    AND (s.breakdown = 'total' OR (s.breakdown IN ('source', 'payer', 'form') AND s.people_in_year > 0))
