-- The certain links: number (of now or before), birth date as far as both sides know it and name agree, for one person only;
-- the number is not the guardian's, and the person has and had none that is. A name without any diacritics agrees with the
-- same letters. Cases are the exams of new files that are in no book, and those looked at again; not those about which a
-- person decided, unless they are looked at again. Two listings that are one person count once. The CASE keeps the planner
-- from taking number, birth date and name for independent, by which nothing would be left to join.
-- Reads: exam.encounter, health_book.entry, health_book.review, health_book.same_person, roster.person,
-- roster.former_identifier.
-- Writes: temporary table linkage_link.
CREATE TEMPORARY TABLE linkage_link ON COMMIT DROP AS
WITH holding AS (
    SELECT
        e.encounter_id, e.name_key, e.birth_date, e.birth_precision, e.guardian_citizen_id, p.person_id,
        p.name_key AS listed_key, p.name_fold AS listed_fold, p.birth_date AS listed_birth, p.birth_precision AS listed_precision,
        p.citizen_id AS listed_number
    FROM exam.encounter AS e
    INNER JOIN roster.person AS p ON e.citizen_id = p.citizen_id
    WHERE
        (e.file_id = ANY(CAST(:files AS bigint[])) OR e.encounter_id = ANY(CAST(:again AS bigint[])))
        AND e.province_code = :province_code
        AND e.is_current
        AND p.province_code = :province_code
        AND e.citizen_id IS DISTINCT FROM e.guardian_citizen_id
    UNION ALL
    SELECT
        e.encounter_id, e.name_key, e.birth_date, e.birth_precision, e.guardian_citizen_id, p.person_id,
        p.name_key AS listed_key, p.name_fold AS listed_fold, p.birth_date AS listed_birth, p.birth_precision AS listed_precision,
        p.citizen_id AS listed_number
    FROM exam.encounter AS e
    INNER JOIN roster.former_identifier AS f ON e.citizen_id = f.value AND f.kind = 'citizen_id'
    INNER JOIN roster.person AS p ON f.person_id = p.person_id
    WHERE
        (e.file_id = ANY(CAST(:files AS bigint[])) OR e.encounter_id = ANY(CAST(:again AS bigint[])))
        AND e.province_code = :province_code
        AND e.is_current
        AND p.province_code = :province_code
        AND e.citizen_id IS DISTINCT FROM e.guardian_citizen_id
),

agreeing AS (
    SELECT h.encounter_id, coalesce(s.kept_person_id, h.person_id) AS person_id, h.person_id AS listed_id
    FROM holding AS h
    LEFT JOIN health_book.same_person AS s ON h.person_id = s.person_id
    WHERE
        (h.listed_number = h.guardian_citizen_id) IS NOT TRUE
        AND NOT EXISTS (
            SELECT FROM roster.former_identifier AS f
            WHERE f.person_id = h.person_id AND f.kind = 'citizen_id' AND f.value = h.guardian_citizen_id
        )
        AND CASE
            WHEN h.name_key <> h.listed_key AND h.name_key <> h.listed_fold THEN FALSE
            WHEN h.birth_precision = 'day' AND h.listed_precision = 'day' THEN h.birth_date = h.listed_birth
            WHEN extract(YEAR FROM h.birth_date) <> extract(YEAR FROM h.listed_birth) THEN FALSE
            ELSE
                'year' IN (h.birth_precision, h.listed_precision)
                OR extract(MONTH FROM h.birth_date) = extract(MONTH FROM h.listed_birth)
        END
)

SELECT
    a.encounter_id,
    min(a.person_id) AS person_id,
    -- Which of a person's two ids the exam agrees with: a merge may be taken back.
    nullif(min(a.listed_id), min(a.person_id)) AS listed_person_id,
    CAST(:by_rule AS text) AS method,
    CAST(1 AS double precision) AS probability,
    CAST(:rule_version AS text) AS model_version
FROM agreeing AS a
WHERE
    NOT EXISTS (
        SELECT FROM health_book.entry AS n
        WHERE n.encounter_id = a.encounter_id AND n.encounter_id <> ALL(CAST(:again AS bigint[]))
    )
    AND NOT EXISTS (
        SELECT FROM health_book.review AS r
        WHERE
            r.encounter_id = a.encounter_id
            AND r.state NOT IN ('open', 'superseded')
            AND (r.state = 'linked' OR r.encounter_id <> ALL(CAST(:again AS bigint[])))
    )
GROUP BY a.encounter_id
HAVING min(a.person_id) = max(a.person_id)
