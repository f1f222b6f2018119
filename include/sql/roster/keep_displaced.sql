-- A commune that loses a person to another still lists the person until its next list: the listing becomes a claim.
-- Reads: roster_stage, roster.person, roster.person_group. Writes: roster.claim.
INSERT INTO roster.claim (
    province_code, commune_code, person_id, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
    birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
    residence, groups, row_hash, file_id
)
SELECT
    p.province_code, p.commune_code, p.person_id, p.citizen_id, p.insurance_no,
    CASE length(p.insurance_no) WHEN 15 THEN substr(p.insurance_no, 6) ELSE p.insurance_no END,
    p.full_name, p.name_key, p.name_fold, p.birth_date, p.birth_precision, p.sex, p.ethnic_code, p.phone, p.village,
    p.household_no, p.relation, p.guardian_citizen_id, p.residence,
    coalesce((
        SELECT string_agg(g.group_code || '=' || g.reason, ';' ORDER BY g.group_code)
        FROM roster.person_group AS g
        WHERE g.person_id = p.person_id AND g.code_set = :code_set AND g.reason <> 'age'
    ), ''),
    p.row_hash, p.file_id
FROM roster_stage AS s
INNER JOIN roster.person AS p ON s.person_id = p.person_id
WHERE s.action = 'moved'
ON CONFLICT (commune_code, person_id) DO NOTHING
