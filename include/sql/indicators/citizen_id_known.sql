-- id: citizen_id_known
-- name_vi: Tỷ lệ người dân có số định danh cá nhân trong danh sách
-- name_en: Residents whose personal number is known
-- unit: người
-- numerator: residents with a personal number on the roster
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
    coalesce(sum(numbered), 0) AS numerator,
    coalesce(sum(people), 0) AS denominator
FROM residents
WHERE resident AND NOT by_group
GROUP BY GROUPING SETS ((), (commune_code), (sex), (age_band))
