-- id: first_books_year
-- name_vi: Số người dân được lập sổ sức khỏe điện tử lần đầu từ đầu năm
-- name_en: Residents whose first health book was opened this year
-- unit: người
-- numerator: residents whose health book was opened between 1 January and the end of the period
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age
-- source: resident_sum
-- target: none
-- small_cells: suppress
SELECT
    breakdown,
    key,
    booked_in_year AS numerator,
    people AS denominator
FROM resident_sum
WHERE breakdown IN ('total', 'commune', 'sex', 'age')
