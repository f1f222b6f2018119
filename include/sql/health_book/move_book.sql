-- Every entry of one person's book into another's; each keeps whose it was.
-- Reads: health_book.book. Writes: health_book.entry.
UPDATE health_book.entry AS n
SET book_id = k.book_id, listed_person_id = coalesce(n.listed_person_id, d.person_id)
FROM health_book.book AS d, health_book.book AS k
WHERE n.book_id = d.book_id AND d.person_id = :dropped AND k.person_id = :kept
