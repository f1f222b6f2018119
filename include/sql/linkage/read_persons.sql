-- The people who are compared with a case.
-- Reads: temporary table linkage_pair, roster.person, roster.former_identifier. Writes: nothing.
SELECT
    p.person_id,
    p.name_key,
    p.name_fold,
    p.birth_date,
    p.birth_precision,
    p.sex,
    p.citizen_id,
    p.insurance_no,
    p.phone,
    p.village,
    p.commune_code || ':' || p.household_no AS household,
    p.commune_code,
    p.guardian_citizen_id,
    (
        SELECT string_agg(f.value, ' ' ORDER BY f.value) FROM roster.former_identifier AS f
        WHERE f.person_id = p.person_id AND f.kind = 'citizen_id'
    ) AS former_numbers
FROM (SELECT DISTINCT m.person_id FROM linkage_pair AS m) AS d
INNER JOIN roster.person AS p ON d.person_id = p.person_id
