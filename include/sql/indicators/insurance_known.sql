-- id: insurance_known
-- name_vi: Tỷ lệ người dân có mã số bảo hiểm y tế trong danh sách
-- name_en: Residents whose insurance number is known
-- unit: người
-- numerator: residents with an insurance number on the roster (known to us; not proof of valid cover)
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age
-- source: resident_sum
-- target: insurance cover above 95 % in 2026 (order 004)
-- small_cells: suppress
SELECT
    breakdown,
    key,
    insured AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown IN ('total', 'commune', 'sex', 'age')
