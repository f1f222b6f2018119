-- id: residence_conflicts
-- name_vi: Số người có tên trong danh sách của hai xã
-- name_en: People on the lists of two communes
-- unit: người
-- numerator: people who stand on the lists of two communes, each counted once
-- denominator: people on the roster
-- breakdowns: total
-- source: stats.residence_conflict, people
-- target: none
-- small_cells: suppress
SELECT
    'total' AS breakdown,
    '' AS key,
    count(DISTINCT c.person_id) AS numerator,
    (SELECT coalesce(sum(r.people), 0) FROM people AS r WHERE NOT r.by_group) AS denominator
FROM stats.residence_conflict AS c
WHERE c.province_code = :province
