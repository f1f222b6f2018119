-- Listings of people who stay with another commune.
-- Reads: roster_stage. Writes: roster.claim.
INSERT INTO roster.claim (
    province_code, commune_code, person_id, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
    birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
    residence, groups, row_hash, file_id
)
SELECT
    :province_code, commune_code, person_id, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
    birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
    residence, groups, row_hash, file_id
FROM roster_stage
WHERE action = 'claim'
