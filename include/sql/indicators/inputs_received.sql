-- id: inputs_received
-- name_vi: Số đơn vị đã gửi số liệu so với số đơn vị phải gửi
-- name_en: Units whose figures have come
-- unit: đơn vị
-- numerator: units that owe figures for the report and had sent at least one by the snapshot; a unit counts in each input it owes
-- denominator: units that owe figures for the report; empty when none does
-- breakdowns: total, input (ids of the obligation's inputs), unit_kind (commune, facility, department)
-- source: unit_due
-- target: all
-- small_cells: show
SELECT
    CASE WHEN grouping(input) = 0 THEN 'input' WHEN grouping(unit_kind) = 0 THEN 'unit_kind' ELSE 'total' END AS breakdown,
    coalesce(input, unit_kind, '') AS key,
    CASE WHEN count(*) > 0 THEN count(received_at) END AS numerator,
    nullif(count(*), 0) AS denominator
FROM unit_due
GROUP BY GROUPING SETS ((), (input), (unit_kind))
