-- id: timeliness
-- name_vi: Hồ sơ khám được gửi trong vòng 24 giờ
-- name_en: Records received within 24 hours
-- unit: hồ sơ
-- numerator: records of examinations in the period that arrived within 24 hours of their conclusion (QĐ 1551/QĐ-BYT)
-- denominator: all records of examinations in the period
-- breakdowns: total, source
-- source: record
-- target: every record within 24 hours
-- small_cells: suppress
SELECT
    CASE WHEN grouping(source) = 0 THEN 'source' ELSE 'total' END AS breakdown,
    coalesce(source, '') AS key,
    coalesce(sum(records) FILTER (WHERE delay = 'within_24h'), 0) AS numerator,
    coalesce(sum(records), 0) AS denominator
FROM record
WHERE in_period
GROUP BY GROUPING SETS ((), (source))
