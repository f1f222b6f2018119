-- id: examined_sex_age
-- name_vi: Người dân được khám từ đầu năm theo giới tính và nhóm tuổi
-- name_en: Residents examined by sex and age
-- unit: người
-- numerator: residents examined between 1 January and the end of the period, each counted once
-- denominator: residents on the roster of that sex and age
-- breakdowns: sex_age (sex/age)
-- source: residents, examined
-- target: none
-- small_cells: suppress
-- margins: sex_age = examined_share.sex x examined_share.age
WITH part AS (
    SELECT
        cast(sex AS text) AS of_row,
        age_band AS of_column,
        0 AS examined,
        people
    FROM residents
    WHERE resident AND NOT by_group
    UNION ALL
    SELECT
        cast(sex AS text) AS of_row,
        age_band AS of_column,
        people_in_year AS examined,
        0 AS people
    FROM examined
    WHERE resident AND facet = 'person'
)

SELECT
    'sex_age' AS breakdown,
    of_row || '/' || of_column AS key,
    sum(examined) AS numerator,
    sum(people) AS denominator
FROM part
GROUP BY of_row, of_column
HAVING sum(examined) > 0 OR sum(people) > 0
