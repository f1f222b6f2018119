-- id: files_received
-- name_vi: Số tệp dữ liệu đã nhận
-- name_en: Files received
-- unit: tệp
-- numerator: files received between 1 January and the day of the snapshot
-- denominator: all of them
-- breakdowns: total, kind (roster, exam, form), status (received, held, loaded, refused, superseded)
-- source: stats.file
-- target: none
-- small_cells: show
WITH file AS (
    SELECT
        kind,
        status
    FROM stats.file
    WHERE province_code = :province AND received_at >= :year_starts AND received_at <= :as_of
)

SELECT
    CASE WHEN grouping(kind) = 0 THEN 'kind' WHEN grouping(status) = 0 THEN 'status' ELSE 'total' END AS breakdown,
    coalesce(kind, status, '') AS key,
    count(*) AS numerator,
    (SELECT count(everything.kind) FROM file AS everything) AS denominator
FROM file
GROUP BY GROUPING SETS ((), (kind), (status))
