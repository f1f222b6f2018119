-- States in force that end: they are kept as they were, with the numbers that people lose by it (of a change those that
-- change, of whoever leaves all). A commune that loses a person to another still lists the person until its next list: the
-- listing becomes a claim. Whoever leaves is taken off the roster.
-- Reads: roster_ended, roster_stage, roster.person.
-- Writes: roster.person_past, roster.former_identifier, roster.claim, roster.person.
WITH ending AS MATERIALIZED (
    SELECT
        p.*,
        e.reason,
        e.refresh_id AS end_refresh_id,
        s.citizen_id AS next_citizen_id,
        s.insurance_no AS next_insurance_no,
        s.insurance_key AS next_insurance_key
    FROM roster_ended AS e
    INNER JOIN roster.person AS p ON e.person_id = p.person_id
    LEFT JOIN roster_stage AS s ON e.person_id = s.person_id AND s.action IN ('changed', 'moved')
),

kept AS (
    INSERT INTO roster.person_past (
        person_id, province_code, commune_code, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
        birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
        residence, group_set_id, change, refresh_id, first_refresh_id, end_reason, end_refresh_id
    )
    SELECT
        person_id, province_code, commune_code, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
        birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
        residence, group_set_id, change, refresh_id, first_refresh_id, reason, end_refresh_id
    FROM ending
    ORDER BY person_id
),

numbers AS (
    INSERT INTO roster.former_identifier (person_id, kind, value, refresh_id)
    SELECT e.person_id, number.kind, number.value, e.end_refresh_id
    FROM ending AS e
    CROSS JOIN LATERAL (
        VALUES
        ('citizen_id', e.citizen_id, e.next_citizen_id),
        ('insurance_no', e.insurance_key, e.next_insurance_key),
        ('insurance_card', nullif(e.insurance_no, e.insurance_key), e.next_insurance_no)
    ) AS number (kind, value, following)
    WHERE number.value IS NOT NULL AND number.value IS DISTINCT FROM number.following
    ON CONFLICT (person_id, kind, value) DO UPDATE SET refresh_id = excluded.refresh_id
),

displaced AS (
    INSERT INTO roster.claim (
        province_code, commune_code, person_id, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
        birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
        residence, group_set_id, refresh_id
    )
    SELECT
        province_code, commune_code, person_id, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold,
        birth_date, birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id,
        residence, group_set_id, refresh_id
    FROM ending
    WHERE reason = 'moved'
    ON CONFLICT (commune_code, person_id) DO NOTHING
)

DELETE FROM roster.person AS p
USING ending AS e
WHERE p.person_id = e.person_id AND e.reason IN ('left', 'died')
