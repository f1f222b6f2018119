-- Entries of exams looked at again that do not link to their person any more.
-- Reads: temporary table linkage_link, health_book.book. Writes: health_book.entry.
DELETE FROM health_book.entry AS n
USING health_book.book AS b
WHERE
    n.encounter_id = ANY(CAST(:again AS bigint[]))
    AND n.book_id = b.book_id
    AND NOT EXISTS (
        SELECT FROM linkage_link AS l
        WHERE l.encounter_id = n.encounter_id AND l.person_id = b.person_id
    )
