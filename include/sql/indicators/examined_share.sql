-- id: examined_share
-- name_vi: Tỷ lệ người dân được khám sức khỏe ít nhất một lần trong năm
-- name_en: Residents examined at least once this year
-- unit: người
-- numerator: residents on the roster examined between 1 January and the end of the period, each counted once
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age, group (DOI_TUONG of QĐ 2062/QĐ-BYT)
-- source: resident, counted, stats.person_group
-- target: none
-- small_cells: suppress
WITH state AS (
    SELECT
        r.person_id,
        r.commune_code,
        cast(r.sex AS text) AS sex,
        r.age_band,
        c.person_id IS NOT NULL AS examined
    FROM resident AS r
    LEFT JOIN counted AS c
        ON r.person_id = c.person_id AND c.exam_date BETWEEN make_date(:year, 1, 1) AND :period_to
)

SELECT
    CASE
        WHEN grouping(commune_code) = 0 THEN 'commune'
        WHEN grouping(sex) = 0 THEN 'sex'
        WHEN grouping(age_band) = 0 THEN 'age'
        ELSE 'total'
    END AS breakdown,
    coalesce(commune_code, sex, age_band, '') AS key,
    count(*) FILTER (WHERE examined) AS numerator,
    count(*) AS denominator
FROM state
GROUP BY GROUPING SETS ((), (commune_code), (sex), (age_band))
UNION ALL
SELECT
    'group' AS breakdown,
    g.group_code AS key,
    count(DISTINCT s.person_id) FILTER (WHERE s.examined) AS numerator,
    count(DISTINCT s.person_id) AS denominator
FROM state AS s
INNER JOIN stats.person_group AS g ON s.person_id = g.person_id AND g.code_set = 'QD2062'
GROUP BY g.group_code
