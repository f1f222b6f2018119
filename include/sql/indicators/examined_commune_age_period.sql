-- id: examined_commune_age_period
-- name_vi: Người dân được khám trong kỳ theo xã và nhóm tuổi
-- name_en: Residents examined by commune and age in the period
-- unit: người
-- numerator: residents whose first examination of the year fell into the period
-- denominator: residents on the roster of that commune and age
-- breakdowns: commune_age (commune/age)
-- source: residents, examined
-- target: none
-- small_cells: suppress
-- margins: commune_age = examined_share_period.commune x examined_share_period.age
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
        people_in_period AS examined,
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
