-- id: communication_texts
-- name_vi: Số đơn vị có báo cáo bằng lời về tuyên truyền, dư luận, khó khăn, kiến nghị
-- name_en: Units that reported in words
-- unit: đơn vị
-- numerator: units with a text for the period, each counted once (by text: units with this one)
-- denominator: units that reported anything for the period; empty when none did
-- breakdowns: total, text (figure ids)
-- source: unit_input
-- target: none (order 002, section 5)
-- small_cells: show
WITH reporting_units AS (
    SELECT nullif(count(DISTINCT unit), 0) AS units FROM unit_input
)

SELECT
    CASE WHEN grouping(i.figure) = 0 THEN 'text' ELSE 'total' END AS breakdown,
    coalesce(i.figure, '') AS key,
    nullif(count(DISTINCT i.unit), 0) AS numerator,
    (SELECT r.units FROM reporting_units AS r) AS denominator
FROM unit_input AS i
WHERE i.value_text IS NOT NULL
GROUP BY GROUPING SETS ((), (i.figure))
