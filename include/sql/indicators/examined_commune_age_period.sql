-- id: examined_commune_age_period
-- name_vi: Người dân được khám trong kỳ theo xã và nhóm tuổi
-- name_en: Residents examined by commune and age in the period
-- unit: người
-- numerator: residents whose first examination of the year fell into the period
-- denominator: residents on the roster of that commune and age
-- breakdowns: commune_age (commune/age)
-- source: resident_sum
-- target: none
-- small_cells: suppress
-- margins: commune_age = examined_share_period.commune x examined_share_period.age
SELECT
    breakdown,
    key,
    examined_in_period AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown = 'commune_age'
