-- One entry into another person's book, by a person's decision.
-- Reads: health_book.book. Writes: health_book.entry.
UPDATE health_book.entry AS n
SET book_id = b.book_id, method = :method, match_probability = 1.0, linked_at = :now, run_id = :run_id
FROM health_book.book AS b
WHERE n.entry_id = :entry_id AND b.person_id = :person_id
