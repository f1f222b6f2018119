-- What the list does not say stays as it was: a number it leaves out, and every column it does not have. Of a person who
-- lives elsewhere that is what this commune said, not the other one; where it has said nothing yet, only what is the person's
-- own and not the place's is known. Who comes back has the number they left with.
-- Reads: roster.person, roster.person_past, roster.claim. Writes: roster_stage.
WITH given AS (
    SELECT
        CAST(:present AS text[]) AS columns,
        CAST(:present AS text[]) @> ARRAY[
            'ethnic', 'phone', 'village', 'household_no', 'relation', 'guardian_id', 'residence', 'groups'
        ] AS complete
),

wanting AS MATERIALIZED (
    SELECT t.row_id, t.person_id
    FROM roster_stage AS t
    CROSS JOIN given
    WHERE
        t.person_id IS NOT NULL
        AND t.leaves IS NULL
        AND (t.citizen_id IS NULL OR t.insurance_no IS NULL OR NOT given.complete)
),

known AS (
    SELECT
        t.row_id, p.citizen_id, p.insurance_no, p.insurance_key, p.ethnic_code, p.phone, p.guardian_citizen_id,
        p.group_set_id,
        p.commune_code = :commune_code AS is_here,
        p.village, p.household_no, p.relation, p.residence
    FROM wanting AS t
    INNER JOIN roster.person AS p ON t.person_id = p.person_id
    WHERE
        NOT EXISTS (
            SELECT 1 FROM roster.claim AS k
            WHERE k.person_id = t.person_id AND k.commune_code = :commune_code
        )
    UNION ALL
    SELECT
        t.row_id, c.citizen_id, c.insurance_no, c.insurance_key, c.ethnic_code, c.phone, c.guardian_citizen_id,
        c.group_set_id, TRUE, c.village, c.household_no, c.relation, c.residence
    FROM wanting AS t
    INNER JOIN roster.claim AS c ON t.person_id = c.person_id
    WHERE c.commune_code = :commune_code
    UNION ALL
    SELECT
        t.row_id, h.citizen_id, h.insurance_no, h.insurance_key, h.ethnic_code, h.phone, h.guardian_citizen_id,
        h.group_set_id, FALSE, NULL, NULL, NULL, NULL
    FROM wanting AS t
    CROSS JOIN LATERAL (
        SELECT past.* FROM roster.person_past AS past
        WHERE past.person_id = t.person_id
        ORDER BY past.person_id DESC, past.past_id DESC
        LIMIT 1
    ) AS h
    WHERE
        NOT EXISTS (SELECT 1 FROM roster.person AS p WHERE p.person_id = t.person_id)
        AND NOT EXISTS (SELECT 1 FROM roster.claim AS k WHERE k.person_id = t.person_id AND k.commune_code = :commune_code)
)

UPDATE roster_stage AS s
SET
    citizen_id = coalesce(s.citizen_id, known.citizen_id),
    insurance_no = coalesce(s.insurance_no, known.insurance_no),
    insurance_key = coalesce(s.insurance_key, known.insurance_key),
    ethnic_code = CASE WHEN 'ethnic' = ANY(given.columns) THEN s.ethnic_code ELSE known.ethnic_code END,
    phone = CASE WHEN 'phone' = ANY(given.columns) THEN s.phone ELSE known.phone END,
    village = CASE WHEN 'village' = ANY(given.columns) OR NOT known.is_here THEN s.village ELSE known.village END,
    household_no = CASE WHEN 'household_no' = ANY(given.columns) OR NOT known.is_here THEN s.household_no ELSE known.household_no END,
    relation = CASE WHEN 'relation' = ANY(given.columns) OR NOT known.is_here THEN s.relation ELSE known.relation END,
    guardian_citizen_id = CASE
        WHEN 'guardian_id' = ANY(given.columns) THEN s.guardian_citizen_id
        ELSE known.guardian_citizen_id
    END,
    residence = CASE WHEN 'residence' = ANY(given.columns) OR NOT known.is_here THEN s.residence ELSE known.residence END,
    group_set_id = CASE WHEN 'groups' = ANY(given.columns) THEN s.group_set_id ELSE known.group_set_id END
FROM known
CROSS JOIN given
WHERE s.row_id = known.row_id
