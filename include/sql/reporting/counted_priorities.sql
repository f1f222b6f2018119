-- Residents of the profile's priority groups and who of them was examined this year, by breakdown: total (at least one
-- group), priority, priority_commune. A person in several groups is in each of them, and in their total once.
-- Reads temporary table people, stats.group_member. Writes temporary table priority_sum, which ends with the transaction.
CREATE TEMPORARY TABLE priority_sum ON COMMIT DROP AS
WITH priority AS (
    SELECT
        element.item ->> 'id' AS id,
        element.item -> 'codes' AS codes,
        cast(element.item ->> 'age_from' AS integer) AS age_from,
        cast(element.item ->> 'age_below' AS integer) AS age_below
    FROM jsonb_array_elements(cast(:priority_groups AS jsonb)) AS element (item)
),

-- Whom only a birthday put into the group counts by the age reached in the year, below.
by_code AS (
    SELECT DISTINCT
        p.id,
        g.group_set_id
    FROM priority AS p
    INNER JOIN stats.group_member AS g ON g.code_set = 'QD2062' AND p.codes ? g.group_code
    WHERE g.reason <> 'age' OR coalesce(p.age_from, p.age_below) IS NULL
),

cell AS (
    SELECT
        group_set_id,
        age_from,
        commune_code,
        sum(people) AS people,
        sum(examined_in_year) AS examined
    FROM people
    WHERE resident AND by_group
    GROUP BY group_set_id, age_from, commune_code
),

-- Which combinations of groups and age classes are of which priority group.
member AS (
    SELECT
        p.id,
        c.group_set_id,
        c.age_from
    FROM (SELECT DISTINCT cell.group_set_id, cell.age_from FROM cell) AS c
    INNER JOIN priority AS p
        ON (
            coalesce(p.age_from, p.age_below) IS NOT NULL
            AND c.age_from >= coalesce(p.age_from, 0)
            AND c.age_from < coalesce(p.age_below, 1000)
        ) OR (p.id, c.group_set_id) IN (SELECT b.id, b.group_set_id FROM by_code AS b)
),

summed AS (
    SELECT
        m.id,
        c.commune_code,
        sum(c.people) AS people,
        sum(c.examined) AS examined
    FROM member AS m
    INNER JOIN cell AS c ON m.group_set_id = c.group_set_id AND m.age_from = c.age_from
    GROUP BY m.id, c.commune_code
)

SELECT
    'total' AS breakdown,
    '' AS key,
    coalesce(sum(c.examined), 0) AS examined,
    coalesce(sum(c.people), 0) AS people
FROM cell AS c
INNER JOIN (
    SELECT DISTINCT
        member.group_set_id,
        member.age_from
    FROM member
) AS m ON c.group_set_id = m.group_set_id AND c.age_from = m.age_from
UNION ALL
SELECT
    'priority' AS breakdown,
    p.id AS key,
    coalesce(sum(s.examined), 0) AS examined,
    coalesce(sum(s.people), 0) AS people
FROM priority AS p
LEFT JOIN summed AS s ON p.id = s.id
GROUP BY p.id
UNION ALL
SELECT
    'priority_commune' AS breakdown,
    id || '/' || commune_code AS key,
    examined,
    people
FROM summed
