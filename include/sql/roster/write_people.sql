-- New, returning, changed and moved people.
-- Reads: roster_stage, roster.person_past. Writes: roster.person.
INSERT INTO roster.person AS p (
    person_id, province_code, commune_code, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
    birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id, residence,
    group_set_id, change, refresh_id, first_refresh_id
)
SELECT
    s.person_id, :province_code, s.commune_code, s.citizen_id, s.insurance_no, s.insurance_key, s.full_name, s.name_key,
    s.name_fold, s.birth_date, s.birth_precision, s.sex, s.ethnic_code, s.phone, s.village, s.household_no, s.relation,
    s.guardian_citizen_id, s.residence, s.group_set_id, s.change, s.refresh_id,
    CASE
        WHEN s.action = 'returned'
            THEN (
                SELECT min(coalesce(h.first_refresh_id, h.refresh_id)) FROM roster.person_past AS h
                WHERE h.person_id = s.person_id
            )
    END
FROM roster_stage AS s
WHERE s.action IN ('new', 'returned', 'changed', 'moved')
ON CONFLICT (person_id) DO UPDATE
    SET
        commune_code = excluded.commune_code,
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
        change = excluded.change,
        refresh_id = excluded.refresh_id,
        first_refresh_id = coalesce(p.first_refresh_id, p.refresh_id)
