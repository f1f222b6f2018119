-- id: health_book_share
-- name_vi: Tỷ lệ người dân có sổ sức khỏe điện tử
-- name_en: Residents with an electronic health book
-- unit: người
-- numerator: residents on the roster who have a health book
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age
-- source: residents
-- target: every resident has a health book (orders 002, 003, 004)
-- small_cells: suppress
SELECT
    CASE
        WHEN grouping(commune_code) = 0 THEN 'commune'
        WHEN grouping(sex) = 0 THEN 'sex'
        WHEN grouping(age_band) = 0 THEN 'age'
        ELSE 'total'
    END AS breakdown,
    coalesce(commune_code, cast(sex AS text), age_band, '') AS key,
    coalesce(sum(booked), 0) AS numerator,
    coalesce(sum(people), 0) AS denominator
FROM residents
WHERE resident AND NOT by_group
GROUP BY GROUPING SETS ((), (commune_code), (sex), (age_band))
