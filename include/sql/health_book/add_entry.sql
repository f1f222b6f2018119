-- The entry that a person decided on.
-- Reads: health_book.book. Writes: health_book.entry.
INSERT INTO health_book.entry (book_id, encounter_id, method, match_probability, model_version, linked_at, run_id)
SELECT b.book_id, :encounter_id, :method, 1.0, :model_version, :now, :run_id
FROM health_book.book AS b
WHERE b.person_id = :person_id
