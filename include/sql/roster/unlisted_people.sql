-- People seen in exam files whom no list has, each once, with what the newest of their exams says; commune by commune.
-- Reads: roster.unlisted, exam.encounter. Writes: nothing.
SELECT *
FROM (
    SELECT DISTINCT ON (u.same_as)
        u.commune_code,
        e.full_name,
        e.name_fold,
        e.birth_date,
        e.birth_precision,
        e.sex,
        nullif(e.citizen_id, e.guardian_citizen_id) AS citizen_id,
        e.insurance_no,
        e.phone,
        e.address AS village,
        e.guardian_citizen_id AS guardian_id
    FROM roster.unlisted AS u
    INNER JOIN exam.encounter AS e ON u.encounter_id = e.encounter_id
    WHERE u.province_code = :province_code
    ORDER BY u.same_as, e.exam_date DESC, e.encounter_id DESC
) AS person
ORDER BY commune_code, name_fold, birth_date, citizen_id
