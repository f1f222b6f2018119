-- id: examined_share
-- name_vi: Tỷ lệ người dân được khám sức khỏe ít nhất một lần trong năm
-- name_en: Residents examined at least once this year
-- unit: người
-- numerator: residents on the roster examined between 1 January and the end of the period, each counted once
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age, group (DOI_TUONG of QĐ 2062/QĐ-BYT)
-- source: resident_sum
-- target: every resident at least once a year (orders 002, 003, 004)
-- small_cells: suppress
SELECT
    breakdown,
    key,
    examined_in_year AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown IN ('total', 'commune', 'sex', 'age', 'group')
