-- id: examined_commune_age
-- name_vi: Người dân được khám từ đầu năm theo xã và nhóm tuổi
-- name_en: Residents examined by commune and age
-- unit: người
-- numerator: residents examined between 1 January and the end of the period, each counted once
-- denominator: residents on the roster of that commune and age
-- breakdowns: commune_age (commune/age)
-- source: resident_sum
-- target: none
-- small_cells: suppress
-- margins: commune_age = examined_share.commune x examined_share.age
SELECT
    breakdown,
    key,
    examined_in_year AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown = 'commune_age'
