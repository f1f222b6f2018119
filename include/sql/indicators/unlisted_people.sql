-- id: unlisted_people
-- name_vi: Số người đã khám nhưng không có trong danh sách
-- name_en: People examined who are on no list
-- unit: người
-- numerator: people with an examination whom nobody on the roster resembles, each counted once
-- denominator: none
-- breakdowns: total, commune (unknown and elsewhere where no commune of the province is named)
-- source: stats.unlisted
-- target: none
-- small_cells: suppress
SELECT
    CASE WHEN grouping(commune_code) = 0 THEN 'commune' ELSE 'total' END AS breakdown,
    coalesce(commune_code, '') AS key,
    count(DISTINCT same_as) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM stats.unlisted
WHERE province_code = :province
GROUP BY GROUPING SETS ((), (commune_code))
