-- id: examined_share_period
-- name_vi: Số người dân được khám lần đầu trong năm thuộc kỳ báo cáo
-- name_en: Residents whose first examination of the year fell into the period
-- unit: người
-- numerator: residents on the roster whose first examination of the year fell into the period
-- denominator: residents on the roster
-- breakdowns: total, commune
-- source: resident, counted
-- target: none
-- small_cells: suppress
SELECT
    CASE WHEN grouping(r.commune_code) = 0 THEN 'commune' ELSE 'total' END AS breakdown,
    coalesce(r.commune_code, '') AS key,
    count(DISTINCT c.person_id) AS numerator,
    count(DISTINCT r.person_id) AS denominator
FROM resident AS r
LEFT JOIN counted AS c ON r.person_id = c.person_id AND c.exam_date BETWEEN :period_from AND :period_to
GROUP BY GROUPING SETS ((), (r.commune_code))
