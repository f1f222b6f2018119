-- id: doctors_per_station
-- name_vi: Số bác sĩ bình quân một trạm y tế cấp xã
-- name_en: Doctors per commune station
-- unit: bác sĩ
-- numerator: doctors at the stations of the communes that reported `doctors_per_station`; empty when none did
-- denominator: those communes
-- breakdowns: total, commune
-- source: unit_input
-- target: at least 4 by 2027 (order 004, section II.1)
-- small_cells: show
-- ratio: average
WITH given AS (
    SELECT
        unit_code,
        value
    FROM unit_input
    WHERE figure = 'doctors_per_station' AND unit_kind = 'commune' AND value IS NOT NULL
)

SELECT
    CASE WHEN grouping(unit_code) = 0 THEN 'commune' ELSE 'total' END AS breakdown,
    coalesce(unit_code, '') AS key,
    sum(value) AS numerator,
    nullif(count(*), 0) AS denominator
FROM given
GROUP BY GROUPING SETS ((), (unit_code))
