-- id: rows_corrected
-- name_vi: Số dòng bị trả lại đã được sửa
-- name_en: Rejected rows that were corrected
-- unit: dòng
-- numerator: rejected rows of files received between 1 January and the day of the snapshot that came back corrected
-- denominator: all rejected rows of those files
-- breakdowns: total, kind (roster, exam, form)
-- source: stats.file, stats.reject
-- target: none
-- small_cells: suppress
SELECT
    CASE WHEN grouping(r.kind) = 0 THEN 'kind' ELSE 'total' END AS breakdown,
    coalesce(r.kind, '') AS key,
    count(*) FILTER (WHERE r.corrected) AS numerator,
    count(*) AS denominator
FROM stats.reject AS r
INNER JOIN stats.file AS f ON r.file_id = f.file_id
WHERE f.province_code = :province AND f.received_at >= :year_starts AND f.received_at <= :as_of
GROUP BY GROUPING SETS ((), (r.kind))
