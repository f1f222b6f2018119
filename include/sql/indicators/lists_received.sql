-- id: lists_received
-- name_vi: Số xã đã gửi danh sách trong kỳ
-- name_en: Communes whose list was taken in the period
-- unit: xã
-- numerator: communes with a list taken in the period
-- denominator: communes in force
-- breakdowns: total, list_kind (full, changes, returned, addition)
-- source: stats.refresh, ref.commune
-- target: none
-- small_cells: show
WITH commune AS (
    SELECT code FROM ref.commune
    WHERE province_code = :province AND valid_from <= :period_to AND (valid_to IS NULL OR valid_to >= :period_to)
),

taken AS (
    SELECT
        r.commune_code,
        r.list_kind
    FROM stats.refresh AS r
    INNER JOIN commune AS c ON r.commune_code = c.code
    WHERE r.province_code = :province AND r.refreshed_at >= :period_starts AND r.refreshed_at < :period_ends
)

SELECT
    CASE WHEN grouping(list_kind) = 0 THEN 'list_kind' ELSE 'total' END AS breakdown,
    coalesce(list_kind, '') AS key,
    count(DISTINCT commune_code) AS numerator,
    (SELECT count(c.code) FROM commune AS c) AS denominator
FROM taken
GROUP BY GROUPING SETS ((), (list_kind))
