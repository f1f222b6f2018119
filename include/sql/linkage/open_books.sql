-- A health book for everyone who gets a first entry by one of the methods.
-- Reads: temporary table linkage_link, health_book.book. Writes: health_book.book.
INSERT INTO health_book.book (person_id, province_code, created_at)
SELECT DISTINCT l.person_id, :province_code, CAST(:now AS timestamptz)
FROM linkage_link AS l
LEFT JOIN health_book.book AS b ON l.person_id = b.person_id
WHERE b.book_id IS NULL AND l.method = ANY(CAST(:methods AS text[]))
ORDER BY l.person_id
