-- id: citizen_id_known
-- name_vi: Tỷ lệ người dân có số định danh cá nhân trong danh sách
-- name_en: Residents whose personal number is known
-- unit: người
-- numerator: residents with a personal number on the roster
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age
-- source: resident_sum
-- target: none
-- small_cells: suppress
SELECT
    breakdown,
    key,
    numbered AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown IN ('total', 'commune', 'sex', 'age')
