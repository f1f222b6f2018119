-- id: roster_changes
-- name_vi: Biến động danh sách trong kỳ
-- name_en: Changes of the roster in the period
-- unit: người
-- numerator: people new, changed, moved in, moved out or gone by the lists of the period
-- denominator: none
-- breakdowns: total, change (inserted, updated, moved_in, moved_out, closed)
-- source: stats.refresh
-- target: none
-- small_cells: suppress
WITH happened AS (
    SELECT
        coalesce(sum(inserted), 0) AS inserted,
        coalesce(sum(updated), 0) AS updated,
        coalesce(sum(moved_in), 0) AS moved_in,
        coalesce(sum(moved_out), 0) AS moved_out,
        coalesce(sum(closed), 0) AS closed
    FROM stats.refresh
    WHERE province_code = :province AND refreshed_at >= :period_starts AND refreshed_at < :period_ends
)

SELECT
    'total' AS breakdown,
    '' AS key,
    inserted + updated + moved_in + moved_out + closed AS numerator,
    cast(NULL AS bigint) AS denominator
FROM happened
UNION ALL
SELECT
    'change' AS breakdown,
    change.key,
    change.people AS numerator,
    cast(NULL AS bigint) AS denominator
FROM happened AS h
CROSS JOIN LATERAL (
    VALUES
    ('inserted', h.inserted), ('updated', h.updated), ('moved_in', h.moved_in), ('moved_out', h.moved_out), ('closed', h.closed)
) AS change (key, people)
