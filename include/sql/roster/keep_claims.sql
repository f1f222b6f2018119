-- Listings of people who stay with another commune. One that says the same as before, however it came to be read again, is
-- no newer for it.
-- Reads: roster_stage. Writes: roster.claim.
INSERT INTO roster.claim AS c (
    province_code, commune_code, person_id, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
    birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
    residence, group_set_id, refresh_id
)
SELECT
    :province_code, commune_code, person_id, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
    birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
    residence, group_set_id, refresh_id
FROM roster_stage
WHERE action = 'claim'
ON CONFLICT (commune_code, person_id) DO UPDATE
    SET
        citizen_id = excluded.citizen_id,
        insurance_no = excluded.insurance_no,
        insurance_key = excluded.insurance_key,
        full_name = excluded.full_name,
        name_key = excluded.name_key,
        name_fold = excluded.name_fold,
        birth_date = excluded.birth_date,
        birth_precision = excluded.birth_precision,
        sex = excluded.sex,
        ethnic_code = excluded.ethnic_code,
        phone = excluded.phone,
        village = excluded.village,
        household_no = excluded.household_no,
        relation = excluded.relation,
        guardian_citizen_id = excluded.guardian_citizen_id,
        residence = excluded.residence,
        group_set_id = excluded.group_set_id,
        refresh_id = excluded.refresh_id
WHERE
    (
        c.citizen_id, c.insurance_no, c.full_name, c.birth_date, c.birth_precision, c.sex, c.ethnic_code, c.phone, c.village,
        c.household_no, c.relation, c.guardian_citizen_id, c.residence, c.group_set_id
    ) IS DISTINCT FROM (
        excluded.citizen_id, excluded.insurance_no, excluded.full_name, excluded.birth_date, excluded.birth_precision,
        excluded.sex, excluded.ethnic_code, excluded.phone, excluded.village, excluded.household_no, excluded.relation,
        excluded.guardian_citizen_id, excluded.residence, excluded.group_set_id
    )
