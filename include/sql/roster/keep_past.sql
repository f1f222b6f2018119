-- The states that end, as they were.
-- Reads: roster_ended, roster.person. Writes: roster.person_past.
INSERT INTO roster.person_past (
    person_id, province_code, commune_code, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
    birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id, residence,
    group_set_id, change, refresh_id, first_refresh_id, end_reason, end_refresh_id
)
SELECT
    p.person_id, p.province_code, p.commune_code, p.citizen_id, p.insurance_no, p.insurance_key, p.full_name, p.name_key,
    p.name_fold, p.birth_date, p.birth_precision, p.sex, p.ethnic_code, p.phone, p.village, p.household_no, p.relation,
    p.guardian_citizen_id, p.residence, p.group_set_id, p.change, p.refresh_id, p.first_refresh_id, e.reason,
    e.refresh_id AS end_refresh_id
FROM roster_ended AS e
INNER JOIN roster.person AS p ON e.person_id = p.person_id
ORDER BY p.person_id
