-- In how many records of a file a field has a value outside the official table.
-- Reads: exam.encounter, exam.finding. Writes: nothing.
SELECT
    e.form,
    f.part,
    f.code,
    f.problem,
    count(DISTINCT e.encounter_id) AS records
FROM exam.encounter AS e
INNER JOIN exam.finding AS f ON e.encounter_id = f.encounter_id
WHERE e.file_id = :file_id AND f.problem IS NOT NULL
GROUP BY e.form, f.part, f.code, f.problem
ORDER BY records DESC, e.form, f.part, f.code, f.problem
LIMIT :most
