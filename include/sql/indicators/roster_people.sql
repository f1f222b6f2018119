-- id: roster_people
-- name_vi: Số người trong danh sách quản lý
-- name_en: People on the population roster
-- unit: người
-- numerator: people on the roster at the time of the snapshot
-- denominator: none
-- breakdowns: total, residence (resident, short_stay)
-- source: people
-- target: none
-- small_cells: suppress
SELECT
    CASE WHEN grouping(resident) = 0 THEN 'residence' ELSE 'total' END AS breakdown,
    CASE
        WHEN grouping(resident) = 1 THEN ''
        WHEN resident THEN 'resident'
        ELSE 'short_stay'
    END AS key,
    coalesce(sum(people), 0) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM people
WHERE NOT by_group
GROUP BY GROUPING SETS ((), (resident))
