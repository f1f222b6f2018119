-- id: inputs_in_time
-- name_vi: Số đơn vị gửi số liệu đúng hạn so với số đơn vị phải gửi
-- name_en: Units whose figures came in time
-- unit: đơn vị
-- numerator: units that owe figures for the report and had sent the first of them by their due time; a unit counts in each input it owes
-- denominator: units that owe figures for the report; empty when none does
-- breakdowns: total, input (ids of the obligation's inputs), unit_kind (commune, facility, department)
-- source: unit_due
-- target: all
-- small_cells: show
SELECT
    CASE WHEN grouping(input) = 0 THEN 'input' WHEN grouping(unit_kind) = 0 THEN 'unit_kind' ELSE 'total' END AS breakdown,
    coalesce(input, unit_kind, '') AS key,
    CASE WHEN count(*) > 0 THEN count(*) FILTER (WHERE received_at <= due_at) END AS numerator,
    nullif(count(*), 0) AS denominator
FROM unit_due
GROUP BY GROUPING SETS ((), (input), (unit_kind))
