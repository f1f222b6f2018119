-- What came from the dropped person's book when two people were merged, or agreed with the dropped id since (or with one that
-- it stands for), goes back into it; not what a newer version of the exam made the kept person's own since.
-- Reads: health_book.book, health_book.entry_past, health_book.same_person. Writes: health_book.entry.
UPDATE health_book.entry AS n
SET book_id = d.book_id, listed_person_id = nullif(n.listed_person_id, :dropped)
FROM health_book.book AS d, health_book.book AS k
WHERE
    n.book_id = k.book_id
    AND k.person_id = :kept
    AND d.person_id = :dropped
    AND (
        n.listed_person_id = :dropped
        OR n.listed_person_id IN (SELECT s.person_id FROM health_book.same_person AS s WHERE s.kept_person_id = :dropped)
        OR (
            n.listed_person_id IS NULL
            AND EXISTS (
                SELECT FROM health_book.entry_past AS p
                WHERE
                    p.entry_id = n.entry_id
                    AND p.book_id = d.book_id
                    AND p.encounter_id = n.encounter_id
                    AND p.end_reason = 'merged'
            )
        )
    )
