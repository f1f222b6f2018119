-- id: lists_held
-- name_vi: Số danh sách phải chờ cán bộ quyết định
-- name_en: Lists held for an officer
-- unit: danh sách
-- numerator: lists held between 1 January and the day of the snapshot that still wait (by reason: all held for it; a list may have several)
-- denominator: all lists held in that time
-- breakdowns: total, hold_reason
-- source: stats.hold
-- target: none
-- small_cells: show
WITH held AS (
    SELECT
        file_id,
        decision,
        reason_code
    FROM stats.hold
    WHERE province_code = :province AND held_at >= :year_starts AND held_at <= :as_of
)

SELECT
    'total' AS breakdown,
    '' AS key,
    count(DISTINCT file_id) FILTER (WHERE decision IS NULL) AS numerator,
    count(DISTINCT file_id) AS denominator
FROM held
UNION ALL
SELECT
    'hold_reason' AS breakdown,
    reason_code AS key,
    count(DISTINCT file_id) AS numerator,
    (SELECT count(DISTINCT everything.file_id) FROM held AS everything) AS denominator
FROM held
GROUP BY reason_code
