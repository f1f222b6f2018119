-- id: columns
-- name_vi: Số chuyên mục, chuyên trang
-- name_en: Columns and special pages
-- unit: chuyên mục
-- numerator: sum of the figure `columns` that units reported for the period; empty when none did
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
    WHERE figure = 'columns' AND value IS NOT NULL
)

SELECT
    CASE WHEN grouping(unit_kind) = 0 THEN 'unit_kind' ELSE 'total' END AS breakdown,
    coalesce(unit_kind, '') AS key,
    sum(value) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM given
GROUP BY GROUPING SETS ((), (unit_kind))
