-- id: people_examined_period
-- name_vi: Số người được khám trong kỳ
-- name_en: People examined in the period
-- unit: người
-- numerator: people whose first examination of a year fell into the period, each counted once, by the earliest such one
-- denominator: all of them
-- breakdowns: total, source, payer, form
-- source: exam_sum
-- target: none
-- small_cells: suppress
SELECT
    s.breakdown,
    s.key,
    s.people_in_period AS numerator,
    t.people_in_period AS denominator
FROM exam_sum AS s
CROSS JOIN exam_sum AS t
WHERE
    t.breakdown = 'total'
    AND (s.breakdown = 'total' OR (s.breakdown IN ('source', 'payer', 'form') AND s.people_in_period > 0))
