-- id: station_visits
-- name_vi: Tỷ lệ khám bệnh, chữa bệnh bảo hiểm y tế tại trạm y tế cấp xã
-- name_en: Insured visits at commune stations
-- unit: %
-- numerator: per cent as a department reported `station_visits`, else as communes did, weighted by their residents; empty when none did
-- denominator: 100
-- breakdowns: total, commune
-- source: unit_input, resident_sum
-- target: above 20 % by 2030 (order 004, section II.1)
-- small_cells: show
WITH given AS (
    SELECT
        unit_kind,
        unit_code,
        value
    FROM unit_input
    WHERE figure = 'station_visits' AND value IS NOT NULL
),

-- What a department says of the whole province goes before what communes add up to, each by its residents.
whole AS (
    SELECT avg(value) AS value
    FROM given
    WHERE unit_kind = 'department'
),

communes AS (
    SELECT sum(g.value * r.people) / nullif(sum(r.people), 0) AS value
    FROM given AS g
    INNER JOIN resident_sum AS r ON r.breakdown = 'commune' AND g.unit_code = r.key
    WHERE g.unit_kind = 'commune'
)

SELECT
    'total' AS breakdown,
    '' AS key,
    round(coalesce(w.value, c.value), 2) AS numerator,
    CASE WHEN coalesce(w.value, c.value) IS NOT NULL THEN 100 END AS denominator
FROM whole AS w
CROSS JOIN communes AS c
UNION ALL
SELECT
    'commune' AS breakdown,
    unit_code AS key,
    round(value, 2) AS numerator,
    100 AS denominator
FROM given
WHERE unit_kind = 'commune'
