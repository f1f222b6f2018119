-- Claims that come into force, because nobody lists the person any more or only more weakly: the strongest, then the
-- latest one of each person.
-- Reads: roster.claim, roster.person, roster.person_history. Writes: roster_stage.
INSERT INTO roster_stage (
    row_id, commune_code, file_id, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold, birth_date,
    birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id, residence, groups,
    row_hash, person_id, action
)
SELECT
    row_number() OVER (), c.commune_code, c.file_id, c.citizen_id, c.insurance_no, c.insurance_key, c.full_name,
    c.name_key, c.name_fold, c.birth_date, c.birth_precision, c.sex, c.ethnic_code, c.phone, c.village, c.household_no,
    c.relation, c.guardian_citizen_id, c.residence, c.groups, c.row_hash, c.person_id,
    CASE WHEN p.person_id IS NULL THEN 'returned' ELSE 'moved' END
FROM (
    SELECT DISTINCT ON (person_id) *
    FROM roster.claim
    WHERE province_code = :province_code
    ORDER BY
        person_id,
        array_position(ARRAY['permanent', 'temporary_12m', 'temporary_short'], residence),
        file_id DESC
) AS c
LEFT JOIN roster.person AS p ON c.person_id = p.person_id
WHERE
    p.person_id IS NULL
    OR (
        (:short_counts OR c.residence <> 'temporary_short')
        AND array_position(ARRAY['permanent', 'temporary_12m', 'temporary_short'], c.residence)
        < array_position(ARRAY['permanent', 'temporary_12m', 'temporary_short'], p.residence)
    )
