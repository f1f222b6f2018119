-- What came from the dropped person's book when two people were merged, or agreed with the dropped id since, goes back into it.
-- Reads: health_book.book, health_book.entry_past. Writes: health_book.entry.
UPDATE health_book.entry AS n
SET book_id = d.book_id, listed_person_id = NULL
FROM health_book.book AS d, health_book.book AS k
WHERE
    n.book_id = k.book_id
    AND k.person_id = :kept
    AND d.person_id = :dropped
    AND (
        n.listed_person_id = :dropped
        OR EXISTS (
            SELECT FROM health_book.entry_past AS p
            WHERE p.entry_id = n.entry_id AND p.book_id = d.book_id AND p.end_reason = 'merged'
        )
    )
