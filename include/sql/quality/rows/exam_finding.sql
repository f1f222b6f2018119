-- The findings of the newest version of each exam. Reads: exam.finding, exam.encounter.
SELECT
    f.*,
    concat_ws(' ', f.encounter_id, f.ordinal) AS row_key
FROM exam.finding AS f
INNER JOIN exam.encounter AS e ON f.encounter_id = e.encounter_id
WHERE e.province_code = :province_code AND e.is_current
