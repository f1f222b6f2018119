-- id: rows_rejected
-- name_vi: Số dòng dữ liệu bị trả lại
-- name_en: Rows rejected at intake
-- unit: dòng
-- numerator: rows rejected of files received between 1 January and the day of the snapshot
-- denominator: rows read of those files (by reason: all rejected rows)
-- breakdowns: total, kind (roster, exam, form), reason
-- source: stats.file, stats.reject
-- target: none
-- small_cells: suppress
WITH file AS (
    SELECT
        file_id,
        kind,
        rows_read,
        rows_rejected
    FROM stats.file
    WHERE province_code = :province AND received_at >= :year_starts AND received_at <= :as_of
)

SELECT
    CASE WHEN grouping(kind) = 0 THEN 'kind' ELSE 'total' END AS breakdown,
    coalesce(kind, '') AS key,
    coalesce(sum(rows_rejected), 0) AS numerator,
    coalesce(sum(rows_read), 0) AS denominator
FROM file
GROUP BY GROUPING SETS ((), (kind))
UNION ALL
SELECT
    'reason' AS breakdown,
    r.reason_code AS key,
    count(*) AS numerator,
    (SELECT coalesce(sum(f.rows_rejected), 0) FROM file AS f) AS denominator
FROM stats.reject AS r
INNER JOIN file ON r.file_id = file.file_id
GROUP BY r.reason_code
