-- id: roster_people
-- name_vi: Số người trong danh sách quản lý
-- name_en: People on the population roster
-- unit: người
-- numerator: people on the roster at the time of the snapshot
-- denominator: none
-- breakdowns: total, residence (resident, short_stay)
-- source: stats.person, resident
-- target: none
-- small_cells: show
SELECT
    CASE WHEN grouping(r.person_id IS NOT NULL) = 0 THEN 'residence' ELSE 'total' END AS breakdown,
    CASE
        WHEN grouping(r.person_id IS NOT NULL) = 1 THEN ''
        WHEN r.person_id IS NOT NULL THEN 'resident'
        ELSE 'short_stay'
    END AS key,
    count(*) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM stats.person AS p
LEFT JOIN resident AS r ON p.person_id = r.person_id
WHERE p.province_code = :province
GROUP BY GROUPING SETS ((), (r.person_id IS NOT NULL))
