-- id: rows_quarantined
-- name_vi: Số dòng dữ liệu bị tạm giữ để kiểm tra
-- name_en: Rows held back by data quality checks
-- unit: dòng
-- numerator: rows of the warehouse that checks hold back at the moment of the snapshot
-- denominator: all rows held back since 1 January
-- breakdowns: total, table
-- source: stats.quarantine
-- target: none
-- small_cells: suppress
WITH held AS (
    SELECT
        table_name,
        released_at IS NULL OR released_at > :as_of AS still
    FROM stats.quarantine
    WHERE province_code = :province AND since <= :as_of AND coalesce(released_at, :as_of) >= :year_starts
)

SELECT
    CASE WHEN grouping(table_name) = 0 THEN 'table' ELSE 'total' END AS breakdown,
    coalesce(table_name, '') AS key,
    count(*) FILTER (WHERE still) AS numerator,
    count(*) AS denominator
FROM held
GROUP BY GROUPING SETS ((), (table_name))
