-- id: first_books_year
-- name_vi: Số người dân được lập sổ sức khỏe điện tử lần đầu từ đầu năm
-- name_en: Residents whose first health book was opened this year
-- unit: người
-- numerator: residents whose health book was opened between 1 January and the end of the period
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age
-- source: residents
-- target: none
-- small_cells: suppress
SELECT
    CASE
        WHEN grouping(commune_code) = 0 THEN 'commune'
        WHEN grouping(sex) = 0 THEN 'sex'
        WHEN grouping(age_band) = 0 THEN 'age'
        ELSE 'total'
    END AS breakdown,
    coalesce(commune_code, cast(sex AS text), age_band, '') AS key,
    coalesce(sum(booked_in_year), 0) AS numerator,
    coalesce(sum(people), 0) AS denominator
FROM residents
WHERE resident AND NOT by_group
GROUP BY GROUPING SETS ((), (commune_code), (sex), (age_band))
