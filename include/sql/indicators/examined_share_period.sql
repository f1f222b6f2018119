-- id: examined_share_period
-- name_vi: Số người dân được khám lần đầu trong năm thuộc kỳ báo cáo
-- name_en: Residents whose first examination of the year fell into the period
-- unit: người
-- numerator: residents on the roster whose first examination of the year fell into the period
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age, group (DOI_TUONG of QĐ 2062/QĐ-BYT)
-- source: residents, examined, stats.group_member
-- target: none
-- small_cells: suppress
WITH part AS (
    SELECT
        commune_code,
        cast(sex AS text) AS sex,
        age_band,
        0 AS examined,
        people
    FROM residents
    WHERE resident AND NOT by_group
    UNION ALL
    SELECT
        commune_code,
        cast(sex AS text) AS sex,
        age_band,
        people_in_period AS examined,
        0 AS people
    FROM examined
    WHERE resident AND facet = 'person'
),

by_set AS (
    SELECT
        group_set_id,
        0 AS examined,
        people
    FROM residents
    WHERE resident AND by_group
    UNION ALL
    SELECT
        group_set_id,
        people_in_period AS examined,
        0 AS people
    FROM examined
    WHERE resident AND facet = 'group'
)

SELECT
    CASE
        WHEN grouping(commune_code) = 0 THEN 'commune'
        WHEN grouping(sex) = 0 THEN 'sex'
        WHEN grouping(age_band) = 0 THEN 'age'
        ELSE 'total'
    END AS breakdown,
    coalesce(commune_code, sex, age_band, '') AS key,
    coalesce(sum(examined), 0) AS numerator,
    coalesce(sum(people), 0) AS denominator
FROM part
GROUP BY GROUPING SETS ((), (commune_code), (sex), (age_band))
UNION ALL
SELECT
    'group' AS breakdown,
    g.group_code AS key,
    sum(b.examined) AS numerator,
    sum(b.people) AS denominator
FROM by_set AS b
INNER JOIN stats.group_member AS g ON b.group_set_id = g.group_set_id AND g.code_set = 'QD2062'
GROUP BY g.group_code
