-- A health book for everyone who gets a first entry.
-- Reads: temporary table linkage_link. Writes: health_book.book.
INSERT INTO health_book.book (person_id, province_code, created_at)
SELECT DISTINCT l.person_id, :province_code, CAST(:now AS timestamptz)
FROM linkage_link AS l
WHERE NOT EXISTS (SELECT FROM health_book.book AS b WHERE b.person_id = l.person_id)
ORDER BY l.person_id
ON CONFLICT (person_id) DO NOTHING
