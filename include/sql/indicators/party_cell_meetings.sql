-- id: party_cell_meetings
-- name_vi: Số buổi sinh hoạt chi bộ có nội dung tuyên truyền
-- name_en: Party cell meetings
-- unit: buổi
-- numerator: sum of the figure `party_cell_meetings` that units reported for the period; empty when none did
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
    WHERE figure = 'party_cell_meetings' AND value IS NOT NULL
)

SELECT
    CASE WHEN grouping(unit_kind) = 0 THEN 'unit_kind' ELSE 'total' END AS breakdown,
    coalesce(unit_kind, '') AS key,
    sum(value) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM given
GROUP BY GROUPING SETS ((), (unit_kind))
