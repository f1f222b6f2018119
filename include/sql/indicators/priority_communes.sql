-- id: priority_communes
-- name_vi: Kết quả khám của các nhóm đối tượng ưu tiên theo xã
-- name_en: Priority groups reached by commune
-- unit: người
-- numerator: residents of the group and commune examined between 1 January and the end of the period, each counted once
-- denominator: residents of the group and commune
-- breakdowns: priority_commune (priority group/commune)
-- source: residents, examined, stats.group_member
-- target: none
-- small_cells: suppress
-- margins: priority_commune = priority_groups.priority x examined_share.commune
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
    'priority_commune' AS breakdown,
    id || '/' || commune_code AS key,
    sum(examined) AS numerator,
    sum(people) AS denominator
FROM member
GROUP BY id, commune_code
