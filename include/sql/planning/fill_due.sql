-- Everybody of one commune whose residence counts and who has no linked exam in the campaign year, ranked. Within a priority group a household stays together, ordered by its eldest member.
-- Reads: roster.person, roster.person_group, health_book.book, health_book.entry, exam.encounter. Writes: due (temporary).
INSERT INTO due (person_id, priority, group_code, village, rank)
WITH priority_group AS MATERIALIZED (
    SELECT
        g.priority,
        g.id,
        g.codes,
        g.age_from,
        g.age_below
    FROM
        jsonb_to_recordset(cast(:groups AS jsonb))
            AS g (priority smallint, id text, codes text[], age_from integer, age_below integer)
),

candidate AS MATERIALIZED (
    SELECT
        p.person_id,
        p.birth_date,
        p.village,
        p.household_no,
        -- The age reached in the campaign year, as the reports count it; it does not move within the year.
        :year - extract(YEAR FROM p.birth_date) AS age
    FROM roster.person AS p
    WHERE
        p.province_code = :province_code
        AND p.commune_code = :commune_code
        AND p.residence = any(cast(:residences AS text[]))
        AND NOT EXISTS (
            SELECT 1
            FROM health_book.book AS b
            INNER JOIN health_book.entry AS e ON b.book_id = e.book_id
            INNER JOIN exam.encounter AS x ON e.encounter_id = x.encounter_id
            WHERE
                b.person_id = p.person_id
                AND x.exam_date BETWEEN make_date(:year, 1, 1) AND make_date(:year, 12, 31)
        )
),

membership AS (
    SELECT
        c.person_id,
        min(g.priority) AS priority
    FROM candidate AS c
    LEFT JOIN roster.person_group AS pg ON c.person_id = pg.person_id AND pg.code_set = :code_set
    INNER JOIN priority_group AS g
        ON
            -- Whom only a birthday put into a group counts by the age reached in the year, as everywhere in a plan.
            (pg.group_code = any(g.codes) AND (pg.reason <> 'age' OR coalesce(g.age_from, g.age_below) IS NULL))
            OR (
                coalesce(g.age_from, g.age_below) IS NOT NULL
                AND c.age >= coalesce(g.age_from, 0)
                AND c.age < coalesce(g.age_below, 200)
            )
    GROUP BY c.person_id
),

grouped AS (
    SELECT
        c.*,
        coalesce(m.priority, cast(:last_priority AS smallint)) AS priority,
        -- A person without a household number is a household of one.
        coalesce(c.village || E'\x1f' || c.household_no, c.household_no, 'person ' || c.person_id) AS household
    FROM candidate AS c
    LEFT JOIN membership AS m ON c.person_id = m.person_id
),

eldest AS (
    SELECT
        *,
        min(birth_date) OVER (PARTITION BY priority, household) AS household_birth
    FROM grouped
)

SELECT
    e.person_id,
    e.priority,
    g.id AS group_code,
    e.village,
    row_number() OVER (ORDER BY e.priority, e.household_birth, e.household, e.birth_date, e.person_id) AS rank
FROM eldest AS e
LEFT JOIN priority_group AS g ON e.priority = g.priority
