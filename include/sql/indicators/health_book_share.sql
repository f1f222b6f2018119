-- id: health_book_share
-- name_vi: Tỷ lệ người dân có sổ sức khỏe điện tử
-- name_en: Residents with an electronic health book
-- unit: người
-- numerator: residents on the roster who have a health book
-- denominator: residents on the roster
-- breakdowns: total, commune
-- source: resident, stats.book
-- target: every resident has a health book (orders 002, 003, 004)
-- small_cells: suppress
SELECT
    CASE WHEN grouping(r.commune_code) = 0 THEN 'commune' ELSE 'total' END AS breakdown,
    coalesce(r.commune_code, '') AS key,
    count(b.book_id) AS numerator,
    count(*) AS denominator
FROM resident AS r
LEFT JOIN stats.book AS b ON r.person_id = b.person_id
GROUP BY GROUPING SETS ((), (r.commune_code))
