-- Further pairs for cases where nobody was found: the name, and a birth date that is one slip away or of the known year or
-- month.
-- Reads: temporary table linkage_poor, roster.person. Writes: temporary table linkage_pair.
INSERT INTO linkage_pair (encounter_id, person_id)
WITH day AS (
    SELECT c.encounter_id, c.name_fold, c.guardian_citizen_id, (c.birth_date + s.slip)::date AS birth_date
    FROM linkage_poor AS c
    CROSS JOIN (
        SELECT make_interval(days => d) AS slip FROM unnest(ARRAY[-20, -10, -3, -2, -1, 1, 2, 3, 10, 20]) AS t (d)
        UNION ALL
        SELECT make_interval(months => m) FROM generate_series(-11, 11) AS t (m) WHERE m <> 0
        UNION ALL
        SELECT make_interval(years => y) FROM unnest(ARRAY[-10, -9, -2, -1, 1, 2, 9, 10]) AS t (y)
    ) AS s
    WHERE c.birth_precision = 'day'
),

found AS (
    SELECT d.encounter_id, d.guardian_citizen_id, p.person_id, p.citizen_id
    FROM day AS d
    INNER JOIN roster.person AS p ON d.birth_date = p.birth_date AND d.name_fold = p.name_fold
    WHERE p.province_code = :province_code
    UNION
    SELECT c.encounter_id, c.guardian_citizen_id, p.person_id, p.citizen_id
    FROM linkage_poor AS c
    INNER JOIN roster.person AS p
        ON
            c.name_fold = p.name_fold
            AND c.birth_date <= p.birth_date
            AND p.birth_date
            < c.birth_date + CASE c.birth_precision WHEN 'year' THEN interval '1 year' ELSE interval '1 month' END
    WHERE p.province_code = :province_code AND c.birth_precision <> 'day'
)

SELECT f.encounter_id, f.person_id
FROM found AS f
WHERE
    (f.citizen_id IS NULL OR f.guardian_citizen_id IS NULL OR f.citizen_id <> f.guardian_citizen_id)
    AND NOT EXISTS (
        SELECT FROM linkage_pair AS m
        WHERE m.encounter_id = f.encounter_id AND m.person_id = f.person_id
    )
