-- Further pairs for cases where nobody was found: born on the day and of the same commune, phone, insurance or guardian,
-- whatever the name.
-- Reads: temporary table linkage_poor, roster.person. Writes: temporary table linkage_pair.
INSERT INTO linkage_pair (encounter_id, person_id)
SELECT c.encounter_id, p.person_id
FROM linkage_poor AS c
INNER JOIN roster.person AS p
    ON
        c.birth_date = p.birth_date
        AND (
            c.commune_code = p.commune_code
            OR c.phone = p.phone
            OR c.insurance_key = p.insurance_key
            OR c.guardian_citizen_id = p.guardian_citizen_id
        )
WHERE
    p.province_code = :province_code
    AND c.birth_precision = 'day'
    AND (p.citizen_id IS NULL OR c.guardian_citizen_id IS NULL OR p.citizen_id <> c.guardian_citizen_id)
    AND NOT EXISTS (
        SELECT FROM linkage_pair AS m
        WHERE m.encounter_id = c.encounter_id AND m.person_id = p.person_id
    )
