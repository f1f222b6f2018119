-- Rows without a number known so far, by name, birth date and sex among those whom the commune listed before and whose
-- old row is gone. Only pairs that are the only ones possible count; among namesakes, and when only the year of birth is
-- known, the household or the village must agree too, and where two insurance numbers differ the village at least. Nor is
-- it known from a list of changes that an old row is gone: who is in another household there is somebody else. Two different
-- personal numbers never become one person here, except that a number gives way to another when everything else agrees
-- down to day and household and the old number is on the list no more (a typing error put right). A row that only says that
-- somebody is gone may leave the sex out. In one household the birth date may also be completed, or put right in one of day,
-- month and year.
-- Reads: roster_free, roster.person, roster.claim. Writes: roster_stage.
WITH listed AS (
    SELECT
        p.person_id, p.citizen_id, p.insurance_key, p.name_key, p.birth_date, p.birth_precision, p.sex, p.household_no,
        p.village
    FROM roster_free AS f
    INNER JOIN roster.person AS p ON f.person_id = p.person_id
    WHERE p.commune_code = :commune_code
    UNION ALL
    SELECT
        c.person_id, c.citizen_id, c.insurance_key, c.name_key, c.birth_date, c.birth_precision, c.sex, c.household_no,
        c.village
    FROM roster_free AS f
    INNER JOIN roster.claim AS c ON f.person_id = c.person_id
    WHERE c.commune_code = :commune_code
),

pair AS (
    SELECT
        s.row_id,
        p.person_id,
        (s.household_no = p.household_no) IS TRUE AS same_household,
        (s.household_no <> p.household_no) IS TRUE AS other_household,
        (s.village = p.village) IS TRUE AS same_village,
        s.birth_precision = 'day' AND p.birth_precision = 'day' AS exact_day,
        (s.citizen_id <> p.citizen_id) IS TRUE AS other_number,
        -- A personal number may stand in the place of an insurance number.
        (s.insurance_key <> p.insurance_key AND length(s.insurance_key) = length(p.insurance_key)) IS TRUE AS other_insurance,
        s.birth_date = p.birth_date AS same_date
    FROM roster_stage AS s
    INNER JOIN listed AS p
        ON
            s.name_key = p.name_key
            AND (s.sex = p.sex OR (s.leaves IS NOT NULL AND s.sex IS NULL))
    WHERE
        s.person_id IS NULL
        AND (
            s.birth_date = p.birth_date
            OR (
                s.household_no = p.household_no
                -- Father and son may share their name, and day and month of birth.
                AND abs(s.birth_date - p.birth_date) < 4000
                AND CASE
                    WHEN 'year' IN (s.birth_precision, p.birth_precision)
                        THEN extract(YEAR FROM s.birth_date) = extract(YEAR FROM p.birth_date)
                    WHEN 'month' IN (s.birth_precision, p.birth_precision)
                        THEN to_char(s.birth_date, 'YYYYMM') = to_char(p.birth_date, 'YYYYMM')
                    ELSE
                        CAST(extract(YEAR FROM s.birth_date) <> extract(YEAR FROM p.birth_date) AS integer)
                        + CAST(extract(MONTH FROM s.birth_date) <> extract(MONTH FROM p.birth_date) AS integer)
                        + CAST(extract(DAY FROM s.birth_date) <> extract(DAY FROM p.birth_date) AS integer) = 1
                END
            )
        )
        AND NOT EXISTS (SELECT 1 FROM roster_stage AS taken WHERE taken.person_id = p.person_id)
        AND NOT EXISTS (
            SELECT 1 FROM roster_stage AS other
            WHERE other.citizen_id = p.citizen_id AND other.row_id <> s.row_id AND other.name_key = p.name_key
        )
),

counted AS (
    SELECT
        pair.*,
        count(*) OVER (PARTITION BY row_id, same_date) AS of_row,
        count(*) OVER (PARTITION BY person_id, same_date) AS of_person,
        count(*) FILTER (WHERE same_household) OVER (PARTITION BY row_id, same_date) AS of_row_household,
        count(*) FILTER (WHERE same_household) OVER (PARTITION BY person_id, same_date) AS of_person_household,
        count(*) FILTER (WHERE same_village) OVER (PARTITION BY row_id, same_date) AS of_row_village,
        count(*) FILTER (WHERE same_village) OVER (PARTITION BY person_id, same_date) AS of_person_village
    FROM pair
),

levelled AS (
    SELECT
        row_id,
        person_id,
        CASE
            WHEN NOT same_date
                THEN
                    CASE
                        WHEN NOT other_number AND NOT other_insurance AND of_row_household = 1 AND of_person_household = 1
                            THEN 4
                    END
            WHEN same_household AND of_row_household = 1 AND of_person_household = 1 AND (exact_day OR NOT other_number)
                THEN 1
            WHEN other_number THEN NULL
            WHEN same_village AND of_row_village = 1 AND of_person_village = 1 THEN 2
            WHEN
                exact_day AND of_row = 1 AND of_person = 1
                AND NOT other_insurance AND (:close_missing OR NOT other_household)
                THEN 3
        END AS level
    FROM counted
),

best_of_row AS (
    SELECT DISTINCT ON (row_id) row_id, person_id, level
    FROM levelled
    WHERE level IS NOT NULL
    ORDER BY row_id, level, person_id
),

best AS (
    SELECT DISTINCT ON (person_id) row_id, person_id
    FROM best_of_row
    ORDER BY person_id, level, row_id
)

UPDATE roster_stage AS s
SET person_id = best.person_id
FROM best
WHERE s.row_id = best.row_id
