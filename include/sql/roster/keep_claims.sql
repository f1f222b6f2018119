-- Listings of people who stay with another commune.
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
