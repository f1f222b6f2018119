-- Further pairs for cases where nobody was found: born on the day, and of the same commune, phone, insurance or guardian. The
-- name shares its first word and either the last one or all but the last, or is the same with the first word at the end; of a
-- child without a name it is anybody's. The index alone says who has such a name; only they are looked up.
-- Reads: temporary table linkage_poor, roster.person. Writes: temporary table linkage_pair.
INSERT INTO linkage_pair (encounter_id, person_id, agrees, person)
WITH named AS (
    SELECT c.*, i.name_fold AS listed
    FROM linkage_poor AS c
    CROSS JOIN LATERAL (
        SELECT h.name_fold FROM roster.person AS h
        WHERE
            h.birth_date = c.birth_date
            AND h.name_fold >= c.family || ' '
            AND h.name_fold < c.family || '!'
            AND h.name_fold LIKE ANY(c.likewise)
        GROUP BY h.name_fold
    ) AS i
    WHERE c.birth_precision = 'day'
    UNION ALL
    SELECT c.*, regexp_replace(c.name_fold, '^(\S+) (.*)$', '\2 \1') FROM linkage_poor AS c WHERE c.birth_precision = 'day'
),

found AS (
    SELECT c.encounter_id, c.guardian_citizen_id, p.person
    FROM named AS c
    CROSS JOIN LATERAL (
        SELECT h AS person FROM roster.person AS h
        WHERE
            h.birth_date = c.birth_date
            AND h.name_fold = c.listed
            AND h.province_code = :province_code
            AND (
                h.commune_code = c.commune_code
                OR h.phone = c.phone
                OR h.insurance_key = c.insurance_key
                OR h.guardian_citizen_id = c.guardian_citizen_id
            )
        OFFSET 0
    ) AS p
    UNION ALL
    SELECT c.encounter_id, c.guardian_citizen_id, p.person
    FROM linkage_poor AS c
    CROSS JOIN LATERAL (
        SELECT h AS person FROM roster.person AS h
        WHERE
            h.birth_date = c.birth_date
            AND h.province_code = :province_code
            AND (h.commune_code = c.commune_code OR h.phone = c.phone OR h.guardian_citizen_id = c.guardian_citizen_id)
        OFFSET 0
    ) AS p
    WHERE c.family IS NULL AND c.birth_precision = 'day'
)

SELECT f.encounter_id, (f.person).person_id, FALSE, f.person
FROM found AS f
WHERE
    ((f.person).citizen_id = f.guardian_citizen_id) IS NOT TRUE
    AND NOT EXISTS (
        SELECT FROM linkage_pair AS m
        WHERE m.encounter_id = f.encounter_id AND m.person_id = (f.person).person_id
    )
