-- id: records_counted
-- name_vi: Hồ sơ khám nhận được và số người được tính
-- name_en: Examination records received and people counted once
-- unit: hồ sơ
-- numerator: records of examinations between 1 January and the end of the period by which a person counts
-- denominator: all records of examinations between 1 January and the end of the period
-- breakdowns: total, source
-- source: stats.encounter, counted
-- target: none
-- small_cells: suppress
SELECT
    CASE WHEN grouping(e.source) = 0 THEN 'source' ELSE 'total' END AS breakdown,
    coalesce(e.source, '') AS key,
    count(DISTINCT c.record_id) AS numerator,
    count(DISTINCT e.encounter_id) AS denominator
FROM stats.encounter AS e
LEFT JOIN counted AS c ON e.encounter_id = c.record_id
WHERE e.province_code = :province AND e.exam_date BETWEEN make_date(:year, 1, 1) AND :period_to
GROUP BY GROUPING SETS ((), (e.source))
