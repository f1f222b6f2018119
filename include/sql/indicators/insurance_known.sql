-- id: insurance_known
-- name_vi: Tỷ lệ người dân có mã số bảo hiểm y tế trong danh sách
-- name_en: Residents whose insurance number is known
-- unit: người
-- numerator: residents with an insurance number on the roster (known to us; not proof of valid cover)
-- denominator: residents on the roster
-- breakdowns: total, commune
-- source: resident
-- target: insurance cover above 95 % in 2026 (order 004)
-- small_cells: suppress
SELECT
    CASE WHEN grouping(commune_code) = 0 THEN 'commune' ELSE 'total' END AS breakdown,
    coalesce(commune_code, '') AS key,
    count(*) FILTER (WHERE has_insurance_no) AS numerator,
    count(*) AS denominator
FROM resident
GROUP BY GROUPING SETS ((), (commune_code))
