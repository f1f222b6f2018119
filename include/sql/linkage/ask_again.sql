-- An exam that says again what a person once decided about, and whose link a later decision forbids, waits for a person again.
-- Reads: exam.encounter, health_book.entry. Writes: health_book.review.
UPDATE health_book.review AS r
SET state = 'open', reason_code = 'unlinked', decided_by = NULL, decided_at = NULL
FROM exam.encounter AS e
WHERE
    r.province_code = :province_code
    AND r.state = 'linked'
    AND r.encounter_id = e.encounter_id
    AND e.file_id = ANY(CAST(:files AS bigint[]))
    AND e.is_current
    AND NOT EXISTS (SELECT FROM health_book.entry AS n WHERE n.encounter_id = e.encounter_id)
