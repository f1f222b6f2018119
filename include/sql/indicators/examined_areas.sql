-- id: examined_areas
-- name_vi: Tỷ lệ người dân được khám từ đầu năm theo địa bàn
-- name_en: Residents examined this year by kind of area
-- unit: người
-- numerator: residents of such communes examined between 1 January and the end of the period, each counted once
-- denominator: residents of such communes; a commune may be of several kinds
-- breakdowns: total (communes of any kind; empty when none is entered), area (area_I to area_III, ethnic_area, island, border, special_zone), area_commune (which communes are of it, without a count)
-- source: resident_sum, ref.commune
-- target: none
-- small_cells: suppress
-- adds_up: area = examined_share.commune by area_commune
WITH area AS (
    SELECT
        c.code AS commune_code,
        kind.of_area
    FROM ref.commune AS c
    CROSS JOIN LATERAL unnest(ARRAY[
        'area_' || c.area,
        CASE WHEN c.ethnic_area THEN 'ethnic_area' END,
        CASE WHEN c.island THEN 'island' END,
        CASE WHEN c.border THEN 'border' END,
        CASE WHEN c.kind = 'đặc khu' THEN 'special_zone' END
    ]) AS kind (of_area)
    WHERE
        c.province_code = :province
        AND c.valid_from <= :period_to
        AND (c.valid_to IS NULL OR c.valid_to >= :period_to)
        AND kind.of_area IS NOT NULL
)

SELECT
    'area' AS breakdown,
    a.of_area AS key,
    sum(s.examined_in_year) AS numerator,
    sum(s.people) AS denominator
FROM resident_sum AS s
INNER JOIN area AS a ON s.breakdown = 'commune' AND s.key = a.commune_code
GROUP BY a.of_area
UNION ALL
SELECT
    'total' AS breakdown,
    '' AS key,
    sum(examined_in_year) AS numerator,
    sum(people) AS denominator
FROM resident_sum
WHERE breakdown = 'commune' AND key IN (SELECT a.commune_code FROM area AS a)
UNION ALL
SELECT
    'area_commune' AS breakdown,
    of_area || '/' || commune_code AS key,
    cast(NULL AS bigint) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM area
