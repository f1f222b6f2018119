-- People and listings of a commune whose set was made by other rules, with what the rules ask.
-- Reads: roster.person, roster.claim, roster.group_set. Writes: nothing.
SELECT
    p.person_id,
    s.key,
    p.birth_date,
    p.birth_precision,
    p.sex,
    p.ethnic_code,
    p.residence,
    p.insurance_no,
    p.relation,
    p.is_claim
FROM (
    SELECT
        person_id, birth_date, birth_precision, sex, ethnic_code, residence, insurance_no, relation, group_set_id,
        FALSE AS is_claim
    FROM roster.person
    WHERE commune_code = :commune_code AND province_code = :province_code
    UNION ALL
    SELECT
        person_id, birth_date, birth_precision, sex, ethnic_code, residence, insurance_no, relation, group_set_id,
        TRUE AS is_claim
    FROM roster.claim
    WHERE commune_code = :commune_code AND province_code = :province_code
) AS p
LEFT JOIN roster.group_set AS s ON p.group_set_id = s.group_set_id
WHERE s.key IS NULL OR NOT starts_with(s.key, :rules_hash)
