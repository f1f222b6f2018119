-- id: sessions_period
-- name_vi: Số buổi khám theo kế hoạch trong kỳ
-- name_en: Sessions planned in the period
-- unit: buổi
-- numerator: sessions planned in the period
-- denominator: sessions planned for the year
-- breakdowns: total, kind (fixed, mobile)
-- source: stats.session, stats.plan
-- target: none
-- small_cells: show
SELECT
    CASE WHEN grouping(s.kind) = 0 THEN 'kind' ELSE 'total' END AS breakdown,
    coalesce(s.kind, '') AS key,
    count(*) FILTER (WHERE s.session_date BETWEEN :period_from AND :period_to) AS numerator,
    count(*) AS denominator
FROM stats.session AS s
INNER JOIN stats.plan AS p ON s.plan_id = p.plan_id
WHERE p.province_code = :province AND p.year = :year
GROUP BY GROUPING SETS ((), (s.kind))
