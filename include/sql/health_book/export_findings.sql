-- What was measured and concluded in exams.
-- Reads: exam.finding. Writes: nothing.
SELECT encounter_id, ordinal, part, code, value, problem
FROM exam.finding
WHERE encounter_id = ANY(CAST(:encounter_ids AS bigint[]))
ORDER BY encounter_id, ordinal
