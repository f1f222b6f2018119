-- id: units_reporting
-- name_vi: Số đơn vị đã gửi số liệu của kỳ
-- name_en: Units that sent their own figures
-- unit: đơn vị
-- numerator: units with at least one figure or text for the period; empty when none did
-- denominator: none
-- breakdowns: total, unit_kind (commune, facility, department)
-- source: unit_input
-- target: none
-- small_cells: show
SELECT
    CASE WHEN grouping(unit_kind) = 0 THEN 'unit_kind' ELSE 'total' END AS breakdown,
    coalesce(unit_kind, '') AS key,
    nullif(count(DISTINCT unit), 0) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM unit_input
GROUP BY GROUPING SETS ((), (unit_kind))
