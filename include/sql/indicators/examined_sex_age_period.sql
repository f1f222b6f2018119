-- id: examined_sex_age_period
-- name_vi: Người dân được khám trong kỳ theo giới tính và nhóm tuổi
-- name_en: Residents examined by sex and age in the period
-- unit: người
-- numerator: residents whose first examination of the year fell into the period
-- denominator: residents on the roster of that sex and age
-- breakdowns: sex_age (sex/age)
-- source: resident_sum
-- target: none
-- small_cells: suppress
-- margins: sex_age = examined_share_period.sex x examined_share_period.age
SELECT
    breakdown,
    key,
    examined_in_period AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown = 'sex_age'
