-- Rows whose number (citizen_id, then insurance_no) was seen with a person of the province, on any list, at any time.
-- A number alone never makes two entries one person: parents give theirs for a child, and a clerk repeats one twin's
-- in the other's row. The row must agree with what was last known of the person in one of these ways (rank, the best
-- agreement first):
--   1  same name, same birth date and same sex;
--   2  same name and same birth date (the sex put right);
--   3  same name, and of one of the two birth dates only the year (or month) is known, which the other one has too;
--   4  same name and sex, and a birth date mistyped: day and month swapped, or one of day, month and year different;
--   5  a name put right: same birth date to the day, same sex, and the names are equal without diacritics, or family
--      and given name are and the one name has all words of the other (a middle name left out or added). Twins may
--      share family and given name, therefore an equal given name alone is not enough.
-- When the insurance number agrees but the citizen numbers differ, only rank 1 counts.
-- "Same name" is roster.person.name_key (case, spacing and place of the tone marks do not matter). Someone on no list
-- has none: the name is compared by its letters without tones and its tones word by word, which comes to the same.
-- Who agrees with nobody is left to match_name and else is a new person; the number's holder keeps the identity.
-- The better agreement wins, a current number before a former one.
-- Reads: roster.person_identifier, roster.person_history, roster.person. Writes: roster_stage.
WITH known AS (
    SELECT
        s.row_id,
        s.birth_date AS row_birth,
        s.birth_precision AS row_precision,
        s.name_fold AS row_fold,
        h.person_id,
        h.birth_date,
        h.birth_precision,
        h.sex = s.sex AS same_sex,
        (h.citizen_id = s.citizen_id) IS TRUE AS current_number,
        (h.citizen_id <> s.citizen_id) IS TRUE AS other_number,
        CASE
            WHEN p.person_id IS NOT NULL THEN p.name_key = s.name_key
            ELSE
                regexp_replace(spelled.known_name, '[\u0300\u0301\u0303\u0309\u0323]', '', 'g')
                = regexp_replace(spelled.row_name, '[\u0300\u0301\u0303\u0309\u0323]', '', 'g')
                AND regexp_replace(spelled.known_name, '[^\u0300\u0301\u0303\u0309\u0323 ]', '', 'g')
                = regexp_replace(spelled.row_name, '[^\u0300\u0301\u0303\u0309\u0323 ]', '', 'g')
        END AS same_name,
        coalesce(
            p.name_fold,
            regexp_replace(translate(spelled.known_name, 'đ', 'd'), '[\u0300-\u036f]', '', 'g')
        ) AS known_fold
    FROM roster_stage AS s
    INNER JOIN roster.person_identifier AS i
        ON i.kind = :kind AND i.value = CASE :kind WHEN 'citizen_id' THEN s.citizen_id ELSE s.insurance_key END
    CROSS JOIN LATERAL (
        SELECT * FROM roster.person_history AS of_person
        WHERE of_person.person_id = i.person_id
        ORDER BY of_person.valid_to IS NULL DESC, of_person.history_id DESC
        LIMIT 1
    ) AS h
    CROSS JOIN LATERAL (
        SELECT
            lower(translate(normalize(h.full_name, nfd), 'Đ', 'đ')) AS known_name,
            lower(translate(normalize(s.full_name, nfd), 'Đ', 'đ')) AS row_name
    ) AS spelled
    LEFT JOIN roster.person AS p ON h.person_id = p.person_id
    WHERE
        s.person_id IS NULL
        AND h.province_code = :province_code
        AND NOT EXISTS (SELECT 1 FROM roster_stage AS taken WHERE taken.person_id = h.person_id)
),

compared AS (
    SELECT
        known.*,
        row_precision = 'day' AND birth_precision = 'day' AS both_days,
        row_birth = birth_date AND row_precision = birth_precision AS same_birth,
        CAST(extract(YEAR FROM row_birth) <> extract(YEAR FROM birth_date) AS integer)
        + CAST(extract(MONTH FROM row_birth) <> extract(MONTH FROM birth_date) AS integer)
        + CAST(extract(DAY FROM row_birth) <> extract(DAY FROM birth_date) AS integer) AS fields_different,
        extract(YEAR FROM row_birth) = extract(YEAR FROM birth_date) AS same_year,
        extract(MONTH FROM row_birth) = extract(MONTH FROM birth_date) AS same_month,
        extract(MONTH FROM row_birth) = extract(DAY FROM birth_date)
        AND extract(DAY FROM row_birth) = extract(MONTH FROM birth_date) AS swapped,
        string_to_array(row_fold, ' ') AS row_words,
        string_to_array(known_fold, ' ') AS known_words
    FROM known
),

ranked AS (
    SELECT
        row_id,
        person_id,
        current_number,
        :kind = 'insurance_no' AND other_number AS only_best,
        CASE
            WHEN same_name AND same_birth AND same_sex THEN 1
            WHEN same_name AND same_birth THEN 2
            WHEN
                same_name AND NOT both_days AND same_year
                AND ('year' IN (row_precision, birth_precision) OR same_month)
                THEN 3
            WHEN same_name AND same_sex AND both_days AND (fields_different = 1 OR (same_year AND swapped)) THEN 4
            WHEN
                same_sex AND both_days AND same_birth
                AND (
                    row_fold = known_fold
                    OR (
                        row_words[1] = known_words[1]
                        AND row_words[cardinality(row_words)] = known_words[cardinality(known_words)]
                        AND (row_words @> known_words OR row_words <@ known_words)
                    )
                )
                THEN 5
        END AS rank
    FROM compared
),

best_of_row AS (
    SELECT DISTINCT ON (row_id) row_id, person_id, rank, current_number
    FROM ranked
    WHERE rank = 1 OR (rank IS NOT NULL AND NOT only_best)
    ORDER BY row_id, rank, current_number DESC, person_id
),

best AS (
    SELECT DISTINCT ON (person_id) row_id, person_id
    FROM best_of_row
    ORDER BY person_id, rank, current_number DESC, row_id
)

UPDATE roster_stage AS s
SET person_id = best.person_id
FROM best
WHERE s.row_id = best.row_id
