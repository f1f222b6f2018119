-- A commune that loses a person to another still lists the person until its next list: the listing becomes a claim.
-- Reads: roster_stage, roster.person. Writes: roster.claim.
INSERT INTO roster.claim (
    province_code, commune_code, person_id, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
    birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
    residence, group_set_id, refresh_id
)
SELECT
    p.province_code, p.commune_code, p.person_id, p.citizen_id, p.insurance_no, p.insurance_key, p.full_name, p.name_key,
    p.name_fold, p.birth_date, p.birth_precision, p.sex, p.ethnic_code, p.phone, p.village, p.household_no, p.relation,
    p.guardian_citizen_id, p.residence, p.group_set_id, p.refresh_id
FROM roster_stage AS s
INNER JOIN roster.person AS p ON s.person_id = p.person_id
WHERE s.action = 'moved'
ON CONFLICT (commune_code, person_id) DO NOTHING
