-- id: health_book_share
-- name_vi: Tỷ lệ người dân có sổ sức khỏe điện tử
-- name_en: Residents with an electronic health book
-- unit: người
-- numerator: residents on the roster who have a health book
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age
-- source: resident_sum
-- target: every resident has a health book (orders 002, 003, 004)
-- small_cells: suppress
SELECT
    breakdown,
    key,
    booked AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown IN ('total', 'commune', 'sex', 'age')
