-- Rows whose number (citizen_id, then insurance_no) was seen with a person of the province, on any list, at any time.
-- A number alone is not enough: name or birth date must agree as well; and both, with the sex, when the insurance
-- number agrees but the citizen numbers differ. The better agreement wins, a current number before a former one.
-- Reads: roster.person_identifier, roster.person_history, roster.person. Writes: roster_stage.
WITH candidate AS (
    SELECT
        s.row_id,
        known.person_id,
        known.name_agrees,
        known.birth_agrees,
        (known.citizen_id = s.citizen_id) IS TRUE AS current_number
    FROM roster_stage AS s
    INNER JOIN roster.person_identifier AS i
        ON i.kind = :kind AND i.value = CASE :kind WHEN 'citizen_id' THEN s.citizen_id ELSE s.insurance_key END
    CROSS JOIN LATERAL (
        SELECT
            h.person_id,
            h.citizen_id,
            h.province_code,
            h.sex = s.sex AS sex_agrees,
            coalesce(p.name_fold = s.name_fold, lower(h.full_name) = lower(s.full_name)) AS name_agrees,
            h.birth_date = s.birth_date
            OR (
                'year' IN (h.birth_precision, s.birth_precision)
                AND extract(YEAR FROM h.birth_date) = extract(YEAR FROM s.birth_date)
            ) AS birth_agrees
        FROM roster.person_history AS h
        LEFT JOIN roster.person AS p ON h.person_id = p.person_id
        WHERE h.person_id = i.person_id
        ORDER BY h.valid_to IS NULL DESC, h.history_id DESC
        LIMIT 1
    ) AS known
    WHERE
        s.person_id IS NULL
        AND known.province_code = :province_code
        AND CASE
            WHEN :kind = 'insurance_no' AND s.citizen_id <> known.citizen_id
                THEN known.name_agrees AND known.birth_agrees AND known.sex_agrees
            ELSE known.name_agrees OR known.birth_agrees
        END
        AND NOT EXISTS (SELECT 1 FROM roster_stage AS taken WHERE taken.person_id = known.person_id)
),

best_of_row AS (
    SELECT DISTINCT ON (row_id) *
    FROM candidate
    ORDER BY row_id, name_agrees AND birth_agrees DESC, current_number DESC, name_agrees DESC, person_id
),

best AS (
    SELECT DISTINCT ON (person_id) row_id, person_id
    FROM best_of_row
    ORDER BY person_id, name_agrees AND birth_agrees DESC, current_number DESC, name_agrees DESC, row_id
)

UPDATE roster_stage AS s
SET person_id = best.person_id
FROM best
WHERE s.row_id = best.row_id
