-- Who is compared with whom, and what the roster says about these people. Some pairs are there twice.
-- Reads: temporary table linkage_pair. Writes: nothing.
SELECT
    m.encounter_id,
    m.person_id,
    (m.person).name_key,
    (m.person).name_fold,
    (m.person).birth_date,
    (m.person).birth_precision,
    (m.person).sex,
    (m.person).citizen_id,
    (m.person).insurance_no,
    (m.person).phone,
    (m.person).village,
    (m.person).commune_code || ':' || (m.person).household_no AS household,
    (m.person).commune_code,
    (m.person).guardian_citizen_id
FROM linkage_pair AS m
