-- id: conferences
-- name_vi: Số hội nghị quán triệt, tuyên truyền
-- name_en: Conferences held
-- unit: hội nghị
-- numerator: sum of the figure `conferences` that units reported for the period; empty when none did
-- denominator: none
-- breakdowns: total, unit_kind (commune, facility, department)
-- source: unit_input
-- target: none (order 002, section 5)
-- small_cells: show
WITH given AS (
    SELECT
        unit_kind,
        value
    FROM unit_input
    WHERE figure = 'conferences' AND value IS NOT NULL
)

SELECT
    CASE WHEN grouping(unit_kind) = 0 THEN 'unit_kind' ELSE 'total' END AS breakdown,
    coalesce(unit_kind, '') AS key,
    sum(value) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM given
GROUP BY GROUPING SETS ((), (unit_kind))
