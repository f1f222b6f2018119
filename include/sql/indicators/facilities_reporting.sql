-- id: facilities_reporting
-- name_vi: Số cơ sở có gửi hồ sơ khám trong kỳ
-- name_en: Facilities that sent records of the period
-- unit: cơ sở
-- numerator: facilities with at least one record of an examination in the period
-- denominator: facilities that are known
-- breakdowns: total, source
-- source: record, ref.facility
-- target: none
-- small_cells: show
SELECT
    CASE WHEN grouping(source) = 0 THEN 'source' ELSE 'total' END AS breakdown,
    coalesce(source, '') AS key,
    count(DISTINCT facility_code) AS numerator,
    (SELECT count(f.code) FROM ref.facility AS f WHERE f.province_code = :province) AS denominator
FROM record
WHERE in_period
GROUP BY GROUPING SETS ((), (source))
