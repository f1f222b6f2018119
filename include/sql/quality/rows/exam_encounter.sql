-- The newest version of each exam. Reads: exam.encounter.
SELECT
    e.*,
    CAST(e.encounter_id AS text) AS row_key,
    e.exam_date <= CAST(:today AS date) AS exam_not_in_future,
    e.exam_date > CAST(:today AS date) - interval '10 years' AS exam_date_plausible,
    e.group_codes <@ CAST(ARRAY[
        '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16'
    ] AS text[]) AS groups_known
FROM exam.encounter AS e
WHERE e.province_code = :province_code AND e.is_current
