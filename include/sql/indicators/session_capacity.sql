-- id: session_capacity
-- name_vi: Số lượt khám đã xếp lịch so với năng lực
-- name_en: Places booked against capacity
-- unit: lượt
-- numerator: places booked in the year's sessions
-- denominator: capacity of the year's sessions
-- breakdowns: total
-- source: stats.session, stats.plan
-- target: none
-- small_cells: follow invitations
SELECT
    'total' AS breakdown,
    '' AS key,
    coalesce(sum(s.booked), 0) AS numerator,
    coalesce(sum(s.capacity), 0) AS denominator
FROM stats.session AS s
INNER JOIN stats.plan AS p ON s.plan_id = p.plan_id
WHERE p.province_code = :province AND p.year = :year
