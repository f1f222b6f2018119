-- id: first_books_period
-- name_vi: Số người dân được lập sổ sức khỏe điện tử lần đầu trong kỳ
-- name_en: Residents whose first health book was opened in the period
-- unit: người
-- numerator: residents whose health book was opened in the period
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age
-- source: resident_sum
-- target: none
-- small_cells: suppress
SELECT
    breakdown,
    key,
    booked_in_period AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown IN ('total', 'commune', 'sex', 'age')
