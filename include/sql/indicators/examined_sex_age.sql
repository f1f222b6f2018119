-- id: examined_sex_age
-- name_vi: Người dân được khám từ đầu năm theo giới tính và nhóm tuổi
-- name_en: Residents examined by sex and age
-- unit: người
-- numerator: residents examined between 1 January and the end of the period, each counted once
-- denominator: residents on the roster of that sex and age
-- breakdowns: sex_age (sex/age)
-- source: resident_sum
-- target: none
-- small_cells: suppress
-- margins: sex_age = examined_share.sex x examined_share.age
SELECT
    breakdown,
    key,
    examined_in_year AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown = 'sex_age'
