-- id: priority_groups
-- name_vi: Kết quả khám của các nhóm đối tượng ưu tiên
-- name_en: Priority groups reached
-- unit: người
-- numerator: residents of the group examined between 1 January and the end of the period, each counted once
-- denominator: residents of the group; a person may belong to several groups
-- breakdowns: total (at least one priority group), priority (the profile's groups, by code or by age in the year)
-- source: residents, examined, stats.group_member
-- target: none
-- small_cells: suppress
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

part AS (
    SELECT
        commune_code,
        group_set_id,
        age_from,
        0 AS examined,
        people
    FROM residents
    WHERE resident AND by_group
    UNION ALL
    SELECT
        commune_code,
        group_set_id,
        age_from,
        people_in_year AS examined,
        0 AS people
    FROM examined
    WHERE resident AND facet = 'group'
),

-- A person in several groups is in each of them, and in their total once.
member AS (
    SELECT
        p.id,
        r.commune_code,
        r.group_set_id,
        r.age_from,
        r.examined,
        r.people
    FROM priority AS p
    INNER JOIN part AS r
        ON (
            coalesce(p.age_from, p.age_below) IS NOT NULL
            AND r.age_from >= coalesce(p.age_from, 0)
            AND r.age_from < coalesce(p.age_below, 1000)
        ) OR (p.id, r.group_set_id) IN (SELECT b.id, b.group_set_id FROM by_code AS b)
)

SELECT
    'priority' AS breakdown,
    p.id AS key,
    coalesce(sum(m.examined), 0) AS numerator,
    coalesce(sum(m.people), 0) AS denominator
FROM priority AS p
LEFT JOIN member AS m ON p.id = m.id
GROUP BY p.id
UNION ALL
SELECT
    'total' AS breakdown,
    '' AS key,
    coalesce(sum(r.examined), 0) AS numerator,
    coalesce(sum(r.people), 0) AS denominator
FROM part AS r
WHERE
    EXISTS (
        SELECT FROM priority AS p
        WHERE
            coalesce(p.age_from, p.age_below) IS NOT NULL
            AND r.age_from >= coalesce(p.age_from, 0)
            AND r.age_from < coalesce(p.age_below, 1000)
    )
    OR r.group_set_id IN (SELECT b.group_set_id FROM by_code AS b)
