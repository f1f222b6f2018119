-- id: examined_commune_age
-- name_vi: Người dân được khám từ đầu năm theo xã và nhóm tuổi
-- name_en: Residents examined by commune and age
-- unit: người
-- numerator: residents examined between 1 January and the end of the period, each counted once
-- denominator: residents on the roster of that commune and age
-- breakdowns: commune_age (commune/age)
-- source: residents, examined
-- target: none
-- small_cells: suppress
-- margins: commune_age = examined_share.commune x examined_share.age
WITH part AS (
    SELECT
        commune_code AS of_row,
        age_band AS of_column,
        0 AS examined,
        people
    FROM residents
    WHERE resident AND NOT by_group
    UNION ALL
    SELECT
        commune_code AS of_row,
        age_band AS of_column,
        people_in_year AS examined,
        0 AS people
    FROM examined
    WHERE resident AND facet = 'person'
)

SELECT
    'commune_age' AS breakdown,
    of_row || '/' || of_column AS key,
    sum(examined) AS numerator,
    sum(people) AS denominator
FROM part
GROUP BY of_row, of_column
HAVING sum(examined) > 0 OR sum(people) > 0
