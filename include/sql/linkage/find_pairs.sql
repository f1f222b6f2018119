-- Who may be meant by the cases that are not certain: whoever has or had the number, and whoever has the name (without
-- diacritics) and the birth date as they are written. Never the guardian. `agrees`: two of number, name and birth date are the
-- same. Each case asks the roster's indexes (OFFSET 0 keeps it so): reading everybody costs more, even for a million exams.
-- The person's row comes along, so that nobody is looked up twice.
-- Reads: temporary table linkage_rest, roster.person, roster.former_identifier. Writes: temporary table linkage_pair.
CREATE TEMPORARY TABLE linkage_pair ON COMMIT DROP AS
WITH found AS (
    SELECT c.encounter_id, c.guardian_citizen_id, p.person, (p.person).birth_date = c.birth_date OR (p.person).name_fold = c.name_fold AS agrees
    FROM linkage_rest AS c
    CROSS JOIN LATERAL (
        SELECT h AS person FROM roster.person AS h
        WHERE h.citizen_id = c.number AND h.province_code = :province_code
        OFFSET 0
    ) AS p
    WHERE c.number IS NOT NULL
    UNION ALL
    SELECT c.encounter_id, c.guardian_citizen_id, p.person, (p.person).birth_date = c.birth_date OR (p.person).name_fold = c.name_fold
    FROM linkage_rest AS c
    CROSS JOIN LATERAL (
        SELECT h AS person
        FROM roster.former_identifier AS f
        INNER JOIN roster.person AS h ON f.person_id = h.person_id
        WHERE f.value = c.number AND f.kind = 'citizen_id' AND h.province_code = :province_code
        OFFSET 0
    ) AS p
    WHERE c.number IS NOT NULL
    UNION ALL
    SELECT c.encounter_id, c.guardian_citizen_id, p.person, TRUE
    FROM linkage_rest AS c
    CROSS JOIN LATERAL (
        SELECT h AS person FROM roster.person AS h
        WHERE
            h.birth_date = c.birth_date
            AND h.name_fold = c.name_fold
            AND h.province_code = :province_code
            AND (c.number IS NULL OR h.citizen_id IS DISTINCT FROM c.number)
        OFFSET 0
    ) AS p
)

SELECT f.encounter_id, (f.person).person_id, f.agrees, f.person
FROM found AS f
WHERE ((f.person).citizen_id = f.guardian_citizen_id) IS NOT TRUE
