-- id: first_books_period
-- name_vi: Số người dân được lập sổ sức khỏe điện tử lần đầu trong kỳ
-- name_en: Residents whose first health book was opened in the period
-- unit: người
-- numerator: residents whose health book was opened in the period
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
    coalesce(sum(booked_in_period), 0) AS numerator,
    coalesce(sum(people), 0) AS denominator
FROM residents
WHERE resident AND NOT by_group
GROUP BY GROUPING SETS ((), (commune_code), (sex), (age_band))
