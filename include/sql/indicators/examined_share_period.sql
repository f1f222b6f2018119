-- id: examined_share_period
-- name_vi: Số người dân được khám lần đầu trong năm thuộc kỳ báo cáo
-- name_en: Residents whose first examination of the year fell into the period
-- unit: người
-- numerator: residents on the roster whose first examination of the year fell into the period
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age, group (DOI_TUONG of QĐ 2062/QĐ-BYT)
-- source: resident_sum
-- target: none
-- small_cells: suppress
SELECT
    breakdown,
    key,
    examined_in_period AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown IN ('total', 'commune', 'sex', 'age', 'group')
