-- New, returning, changed and moved people. A number the newer list does not give is not forgotten.
-- Reads: roster_stage, roster.person_history. Writes: roster.person.
INSERT INTO roster.person AS p (
    person_id, province_code, commune_code, citizen_id, insurance_no, full_name, name_key, name_fold, birth_date,
    birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id, residence, row_hash,
    file_id, first_seen, updated_at
)
SELECT
    s.person_id, :province_code, s.commune_code, s.citizen_id, s.insurance_no, s.full_name, s.name_key, s.name_fold,
    s.birth_date, s.birth_precision, s.sex, s.ethnic_code, s.phone, s.village, s.household_no, s.relation,
    s.guardian_citizen_id, s.residence, s.row_hash, s.file_id,
    CASE s.action
        WHEN 'returned'
            THEN (SELECT min(h.valid_from) FROM roster.person_history AS h WHERE h.person_id = s.person_id)
        ELSE :now
    END,
    :now
FROM roster_stage AS s
WHERE s.action IN ('new', 'returned', 'changed', 'moved')
ON CONFLICT (person_id) DO UPDATE
    SET
        commune_code = excluded.commune_code,
        citizen_id = coalesce(excluded.citizen_id, p.citizen_id),
        insurance_no = coalesce(excluded.insurance_no, p.insurance_no),
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
        row_hash = excluded.row_hash,
        file_id = excluded.file_id,
        updated_at = excluded.updated_at
