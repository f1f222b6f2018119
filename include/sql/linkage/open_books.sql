-- A health book for everyone who gets a first entry by one of the methods. Nobody else opens books meanwhile (lock `health_book.books`):
-- ON CONFLICT would cost a third more.
-- Reads: temporary table linkage_link, health_book.book. Writes: health_book.book.
INSERT INTO health_book.book (person_id, province_code, created_at)
SELECT DISTINCT l.person_id, :province_code, CAST(:now AS timestamptz)
FROM linkage_link AS l
WHERE
    l.method = ANY(CAST(:methods AS text[]))
    AND NOT EXISTS (SELECT FROM health_book.book AS b WHERE b.person_id = l.person_id)
ORDER BY l.person_id
