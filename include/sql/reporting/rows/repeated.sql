-- The examinations of the year that another source has paid for already, or that the same source repeats.
-- Reads temporary table exam. Writes nothing.
SELECT
    person_id,
    encounter_id,
    commune_code,
    exam_date,
    source
FROM exam
WHERE
    in_year
    AND CASE WHEN :paid_twice THEN paid_twice ELSE repeated END
    AND (CAST(:key_source AS text) IS NULL OR source = :key_source)
ORDER BY person_id, exam_date
