-- id: records_signed
-- name_vi: Hồ sơ khám có chữ ký số
-- name_en: Records with an electronic signature
-- unit: hồ sơ
-- numerator: records of examinations in the period that carry a signature (its validity is not checked)
-- denominator: all records of examinations in the period
-- breakdowns: total, source
-- source: record
-- target: none
-- small_cells: suppress
SELECT
    CASE WHEN grouping(source) = 0 THEN 'source' ELSE 'total' END AS breakdown,
    coalesce(source, '') AS key,
    coalesce(sum(records) FILTER (WHERE signed), 0) AS numerator,
    coalesce(sum(records), 0) AS denominator
FROM record
WHERE in_period
GROUP BY GROUPING SETS ((), (source))
