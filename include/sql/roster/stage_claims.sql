-- Claims that come into force, because this list gave the person up or lists them only more weakly now: the strongest,
-- then the latest one of each person. Nobody is brought back from the dead by an old listing.
-- Reads: roster.claim, roster.person, roster.person_past, roster_ended. Writes: roster_stage.
INSERT INTO roster_stage (
    row_id, refresh_id, commune_code, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold, birth_date,
    birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id, residence,
    group_set_id, person_id, action, change
)
SELECT
    row_number() OVER (ORDER BY c.person_id), :refresh_id, c.commune_code, c.citizen_id, c.insurance_no, c.insurance_key,
    c.full_name, c.name_key, c.name_fold, c.birth_date, c.birth_precision, c.sex, c.ethnic_code, c.phone, c.village,
    c.household_no, c.relation, c.guardian_citizen_id, c.residence, c.group_set_id, c.person_id,
    CASE WHEN p.person_id IS NULL THEN 'returned' ELSE 'moved' END,
    CASE
        WHEN
            p.person_id IS NOT NULL
            OR c.commune_code <> (
                SELECT h.commune_code FROM roster.person_past AS h
                WHERE h.person_id = c.person_id
                ORDER BY h.person_id DESC, h.past_id DESC
                LIMIT 1
            )
            THEN 'moved'
        ELSE 'returned'
    END
FROM (
    SELECT DISTINCT ON (k.person_id) k.*
    FROM roster_ended AS e
    INNER JOIN roster.claim AS k ON e.person_id = k.person_id
    WHERE k.province_code = :province_code AND e.reason <> 'died'
    ORDER BY
        k.person_id,
        array_position(ARRAY['permanent', 'temporary_12m', 'temporary_short'], k.residence),
        k.refresh_id DESC
) AS c
LEFT JOIN roster.person AS p ON c.person_id = p.person_id
WHERE
    p.person_id IS NULL
    OR (
        p.commune_code <> c.commune_code
        AND (:short_counts OR c.residence <> 'temporary_short')
        AND array_position(ARRAY['permanent', 'temporary_12m', 'temporary_short'], c.residence)
        < array_position(ARRAY['permanent', 'temporary_12m', 'temporary_short'], p.residence)
    )
RETURNING action
