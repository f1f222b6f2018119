-- id: timeliness_facility
-- name_vi: Hồ sơ khám được gửi trong vòng 24 giờ theo cơ sở
-- name_en: Records received within 24 hours, by facility
-- unit: hồ sơ
-- numerator: records of examinations in the period that arrived within 24 hours of their conclusion (QĐ 1551/QĐ-BYT)
-- denominator: all records of examinations in the period
-- breakdowns: facility (its code)
-- source: record
-- target: every record within 24 hours
-- small_cells: suppress
SELECT
    'facility' AS breakdown,
    facility_code AS key,
    coalesce(sum(records) FILTER (WHERE delay = 'within_24h'), 0) AS numerator,
    sum(records) AS denominator
FROM record
WHERE in_period
GROUP BY facility_code
