-- id: insurance_known
-- name_vi: Tỷ lệ người dân có mã số bảo hiểm y tế trong danh sách
-- name_en: Residents whose insurance number is known
-- unit: người
-- numerator: residents with an insurance number on the roster (known to us; not proof of valid cover)
-- denominator: residents on the roster
-- breakdowns: total, commune, sex, age
-- source: residents
-- target: insurance cover above 95 % in 2026 (order 004)
-- small_cells: suppress
SELECT
    CASE
        WHEN grouping(commune_code) = 0 THEN 'commune'
        WHEN grouping(sex) = 0 THEN 'sex'
        WHEN grouping(age_band) = 0 THEN 'age'
        ELSE 'total'
    END AS breakdown,
    coalesce(commune_code, cast(sex AS text), age_band, '') AS key,
    coalesce(sum(insured), 0) AS numerator,
    coalesce(sum(people), 0) AS denominator
FROM residents
WHERE resident AND NOT by_group
GROUP BY GROUPING SETS ((), (commune_code), (sex), (age_band))
