-- The cases, with the household in which the guardian's number belongs to somebody.
-- Reads: temporary table linkage_rest, roster.person. Writes: nothing.
SELECT
    c.encounter_id,
    c.name_key,
    c.name_fold,
    c.birth_date,
    c.birth_precision,
    c.sex,
    c.citizen_id,
    c.insurance_no,
    c.phone,
    c.address,
    c.commune_code,
    c.guardian_citizen_id,
    c.number,
    c.small,
    c.waits,
    c.unlinked,
    (
        SELECT min(p.commune_code || ':' || p.household_no) FROM roster.person AS p
        WHERE p.citizen_id = c.guardian_citizen_id AND p.province_code = :province_code
    ) AS guardian_household
FROM linkage_rest AS c
