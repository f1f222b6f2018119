-- The exams about which no person has decided and that are in no health book, from earlier runs.
-- Reads: health_book.review, exam.encounter. Writes: nothing.
SELECT r.encounter_id
FROM health_book.review AS r
INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id AND e.is_current
WHERE r.province_code = :province_code AND r.state IN ('open', 'superseded')
