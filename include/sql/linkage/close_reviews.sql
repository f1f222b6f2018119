-- Cases that are settled without a person: linked meanwhile, or the exam was replaced by a newer version.
-- Reads: exam.encounter, health_book.entry. Writes: health_book.review.
UPDATE health_book.review AS r
SET state = 'superseded'
FROM exam.encounter AS e
WHERE
    r.province_code = :province_code
    AND r.state IN ('open', 'not_the_same', 'new_person')
    AND r.encounter_id = e.encounter_id
    AND (
        (NOT e.is_current AND r.state = 'open')
        OR EXISTS (SELECT FROM health_book.entry AS n WHERE n.encounter_id = e.encounter_id)
    )
