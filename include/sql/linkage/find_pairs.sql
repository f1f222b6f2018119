-- Who may be meant by the cases that are not certain: whoever has or had the number, and whoever has the name (without
-- diacritics) and the birth date as written, with day and month swapped, or as far as it is known. Never the guardian.
-- Reads: temporary table linkage_rest, roster.person, roster.former_identifier. Writes: temporary table linkage_pair.
CREATE TEMPORARY TABLE linkage_pair ON COMMIT DROP AS
WITH day AS (
    SELECT c.encounter_id, c.name_fold, c.guardian_citizen_id, c.birth_date FROM linkage_rest AS c
    UNION
    SELECT c.encounter_id, c.name_fold, c.guardian_citizen_id, d.birth_date
    FROM linkage_rest AS c
    CROSS JOIN LATERAL (
        VALUES
        (date_trunc('month', c.birth_date)::date),
        (date_trunc('year', c.birth_date)::date),
        (
            CASE
                WHEN extract(DAY FROM c.birth_date) <= 12
                    THEN
                        make_date(
                            extract(YEAR FROM c.birth_date)::integer,
                            extract(DAY FROM c.birth_date)::integer,
                            extract(MONTH FROM c.birth_date)::integer
                        )
            END
        )
    ) AS d (birth_date)
    WHERE c.birth_precision = 'day' AND d.birth_date IS NOT NULL
),

found AS (
    SELECT c.encounter_id, c.guardian_citizen_id, p.person_id, p.citizen_id
    FROM linkage_rest AS c
    INNER JOIN roster.person AS p ON c.number = p.citizen_id
    WHERE p.province_code = :province_code
    UNION
    SELECT c.encounter_id, c.guardian_citizen_id, p.person_id, p.citizen_id
    FROM linkage_rest AS c
    INNER JOIN roster.former_identifier AS f ON c.number = f.value AND f.kind = 'citizen_id'
    INNER JOIN roster.person AS p ON f.person_id = p.person_id
    WHERE p.province_code = :province_code
    UNION
    SELECT d.encounter_id, d.guardian_citizen_id, p.person_id, p.citizen_id
    FROM day AS d
    INNER JOIN roster.person AS p ON d.birth_date = p.birth_date AND d.name_fold = p.name_fold
    WHERE p.province_code = :province_code
)

SELECT f.encounter_id, f.person_id
FROM found AS f
WHERE f.citizen_id IS NULL OR f.guardian_citizen_id IS NULL OR f.citizen_id <> f.guardian_citizen_id
