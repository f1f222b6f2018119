-- The changes of the roster that linkage has not worked with.
-- Reads: roster.refresh, health_book.seen. Writes: nothing.
SELECT r.refresh_id, r.commune_code
FROM roster.refresh AS r
WHERE
    r.province_code = :province_code
    AND NOT EXISTS (SELECT FROM health_book.seen AS s WHERE s.kind = 'refresh' AND s.id = r.refresh_id)
