-- Which candidate a row means. A number alone never makes two entries one person: parents give theirs for a child, and
-- a clerk repeats one twin's in the other's row. The row must agree with what was last known of the person in one of
-- these ways (rank, the best agreement first):
--   1  same name, same birth date and same sex;
--   2  same name and same birth date (the sex put right);
--   3  same name, and of one of the two birth dates only the year (or month) is known, which the other one has too;
--   4  same name and sex, and a birth date mistyped: day and month swapped, or one of day, month and year different;
--   5  a name put right: same birth date to the day, same sex, and the names are equal without diacritics, or family
--      and given name are and the one name has all words of the other (a middle name left out or added). Twins may
--      share family and given name, therefore an equal given name alone is not enough.
-- A row that only says that somebody is gone needs no more than the name, and the birth date where it has one.
-- Whoever holds another valid personal number is somebody else, with one exception: a person of this commune whose old
-- row is gone, of the same insurance number, name, birth date and sex, had the number put right.
-- Who agrees with nobody is left to match_name and else is a new person; the number's holder keeps the identity.
-- The better agreement wins, a current number before a former one. People whose old row stands on the new list are
-- taken.
-- Reads: roster_candidate, roster_free, roster.person, roster.person_past, roster.claim. Writes: roster_stage.
WITH known AS (
    SELECT
        s.row_id,
        c.person_id,
        c.is_current,
        s.leaves IS NOT NULL AS leaves,
        s.birth_date AS row_birth,
        s.birth_precision AS row_precision,
        coalesce(p.birth_date, h.birth_date) AS birth_date,
        coalesce(p.birth_precision, h.birth_precision) AS birth_precision,
        coalesce(p.sex, h.sex) = s.sex AS same_sex,
        coalesce(p.name_key, h.name_key) = s.name_key AS same_name,
        string_to_array(s.name_fold, ' ') AS row_words,
        string_to_array(coalesce(p.name_fold, h.name_fold), ' ') AS known_words,
        (
            :kind = 'insurance_no'
            AND CASE WHEN p.person_id IS NULL THEN h.citizen_id ELSE p.citizen_id END <> s.citizen_id
        ) IS TRUE AS other_number,
        f.person_id IS NOT NULL AS is_free
    FROM roster_candidate AS c
    INNER JOIN roster_stage AS s ON c.row_id = s.row_id
    LEFT JOIN roster.person AS p ON c.person_id = p.person_id
    LEFT JOIN roster_free AS f ON c.person_id = f.person_id
    LEFT JOIN LATERAL (
        SELECT past.* FROM roster.person_past AS past
        WHERE past.person_id = c.person_id AND p.person_id IS NULL
        ORDER BY past.person_id DESC, past.past_id DESC
        LIMIT 1
    ) AS h ON TRUE
    WHERE
        s.person_id IS NULL
        AND coalesce(p.province_code, h.province_code) = :province_code
        AND NOT EXISTS (SELECT 1 FROM roster_stage AS taken WHERE taken.person_id = c.person_id)
        AND (
            f.person_id IS NOT NULL
            OR (
                p.commune_code IS DISTINCT FROM :commune_code
                AND NOT EXISTS (
                    SELECT 1 FROM roster.claim AS listed
                    WHERE listed.commune_code = :commune_code AND listed.person_id = c.person_id
                )
            )
        )
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
        AND extract(DAY FROM row_birth) = extract(MONTH FROM birth_date) AS swapped
    FROM known
),

ranked AS (
    SELECT
        row_id,
        person_id,
        is_current,
        other_number,
        is_free,
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
                    row_words = known_words
                    OR (
                        row_words[1] = known_words[1]
                        AND row_words[cardinality(row_words)] = known_words[cardinality(known_words)]
                        AND (row_words @> known_words OR row_words <@ known_words)
                    )
                )
                THEN 5
            WHEN leaves AND same_name AND row_birth IS NULL THEN 6
        END AS rank
    FROM compared
),

best_of_row AS (
    SELECT DISTINCT ON (row_id) row_id, person_id, rank, is_current
    FROM ranked
    WHERE rank IS NOT NULL AND (NOT other_number OR (rank = 1 AND is_free))
    ORDER BY row_id, rank, is_current DESC, person_id
),

best AS (
    SELECT DISTINCT ON (person_id) row_id, person_id
    FROM best_of_row
    ORDER BY person_id, rank, is_current DESC, row_id
)

UPDATE roster_stage AS s
SET person_id = best.person_id
FROM best
WHERE s.row_id = best.row_id
