-- id: examined_sex_age_period
-- name_vi: Người dân được khám trong kỳ theo giới tính và nhóm tuổi
-- name_en: Residents examined by sex and age in the period
-- unit: người
-- numerator: residents whose first examination of the year fell into the period
-- denominator: residents on the roster of that sex and age
-- breakdowns: sex_age (sex/age)
-- source: residents, examined
-- target: none
-- small_cells: suppress
-- margins: sex_age = examined_share_period.sex x examined_share_period.age
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
        people_in_period AS examined,
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
