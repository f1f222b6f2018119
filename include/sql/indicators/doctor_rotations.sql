-- id: doctor_rotations
-- name_vi: Số lượt bác sĩ luân phiên, luân chuyển, điều động về trạm y tế cấp xã
-- name_en: Rotations of doctors to commune stations
-- unit: lượt
-- numerator: sum of the figure `doctor_rotations` that units reported for the period; empty when none did
-- denominator: none
-- breakdowns: total, unit_kind (commune, facility, department)
-- source: unit_input
-- target: at least 30 a year (order 004, section III)
-- small_cells: show
WITH given AS (
    SELECT
        unit_kind,
        value
    FROM unit_input
    WHERE figure = 'doctor_rotations' AND value IS NOT NULL
)

SELECT
    CASE WHEN grouping(unit_kind) = 0 THEN 'unit_kind' ELSE 'total' END AS breakdown,
    coalesce(unit_kind, '') AS key,
    sum(value) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM given
GROUP BY GROUPING SETS ((), (unit_kind))
