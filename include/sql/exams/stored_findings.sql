-- The findings of a version of an exam as they came.
-- Reads: exam.finding. Writes: nothing.
SELECT
    part,
    code,
    value,
    problem
FROM exam.finding
WHERE encounter_id = :encounter_id
ORDER BY ordinal
