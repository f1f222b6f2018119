-- The cases for which nobody was found who agrees in two of number, name and birth date.
-- Reads: temporary tables linkage_rest, linkage_pair, roster.person. Writes: temporary table linkage_poor.
CREATE TEMPORARY TABLE linkage_poor ON COMMIT DROP AS
SELECT
    c.encounter_id,
    c.name_fold,
    c.birth_date,
    c.birth_precision,
    c.insurance_key,
    c.phone,
    c.commune_code,
    c.guardian_citizen_id
FROM linkage_rest AS c
WHERE
    NOT EXISTS (
        SELECT FROM linkage_pair AS m
        INNER JOIN roster.person AS p ON m.person_id = p.person_id
        WHERE m.encounter_id = c.encounter_id AND (c.name_fold = p.name_fold OR c.birth_date = p.birth_date)
    )
