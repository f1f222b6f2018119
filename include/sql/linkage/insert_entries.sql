-- Links of some methods become entries.
-- Reads: temporary table linkage_link, health_book.book, health_book.entry. Writes: health_book.entry.
INSERT INTO health_book.entry (
    book_id, encounter_id, listed_person_id, method, match_probability, model_version, linked_at, run_id
)
SELECT b.book_id, l.encounter_id, l.listed_person_id, l.method, l.probability, l.model_version, :now, :run_id
FROM linkage_link AS l
INNER JOIN health_book.book AS b ON l.person_id = b.person_id
WHERE
    l.method = ANY(CAST(:methods AS text[]))
    AND NOT EXISTS (SELECT FROM health_book.entry AS n WHERE n.encounter_id = l.encounter_id)
ORDER BY l.encounter_id
