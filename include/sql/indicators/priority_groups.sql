-- id: priority_groups
-- name_vi: Kết quả khám của các nhóm đối tượng ưu tiên
-- name_en: Priority groups reached
-- unit: người
-- numerator: residents of the group examined between 1 January and the end of the period, each counted once
-- denominator: residents of the group; a person may belong to several groups
-- breakdowns: total (at least one priority group), priority (the profile's groups, by code or by age in the year)
-- source: resident, counted, stats.person_group
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

member AS (
    SELECT
        p.id,
        r.person_id
    FROM priority AS p
    INNER JOIN stats.person_group AS g ON g.code_set = 'QD2062' AND p.codes ? g.group_code
    INNER JOIN resident AS r ON g.person_id = r.person_id
    -- Whom only a birthday put into the group counts by the age reached in the year, below.
    WHERE g.reason <> 'age' OR coalesce(p.age_from, p.age_below) IS NULL
    UNION
    SELECT
        p.id,
        r.person_id
    FROM priority AS p
    INNER JOIN resident AS r
        ON
            :year - r.birth_year >= coalesce(p.age_from, 0)
            AND :year - r.birth_year < coalesce(p.age_below, 1000)
    WHERE p.age_from IS NOT NULL OR p.age_below IS NOT NULL
),

reached AS (
    SELECT person_id FROM counted
    WHERE exam_date BETWEEN make_date(:year, 1, 1) AND :period_to
)

SELECT
    'priority' AS breakdown,
    p.id AS key,
    count(c.person_id) AS numerator,
    count(m.person_id) AS denominator
FROM priority AS p
LEFT JOIN member AS m ON p.id = m.id
LEFT JOIN reached AS c ON m.person_id = c.person_id
GROUP BY p.id
UNION ALL
SELECT
    'total' AS breakdown,
    '' AS key,
    count(c.person_id) AS numerator,
    count(m.person_id) AS denominator
FROM (SELECT DISTINCT person_id FROM member) AS m
LEFT JOIN reached AS c ON m.person_id = c.person_id
