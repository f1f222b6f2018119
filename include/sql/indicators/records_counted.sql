-- id: records_counted
-- name_vi: Hồ sơ khám nhận được và số người được tính
-- name_en: Examination records received and people counted once
-- unit: hồ sơ
-- numerator: records of examinations between 1 January and the end of the period by which a person counts
-- denominator: all records of examinations between 1 January and the end of the period
-- breakdowns: total, source
-- source: record, exam_sum
-- target: none
-- small_cells: suppress
WITH part AS (
    SELECT
        source,
        0 AS counted,
        records
    FROM record
    WHERE in_year
    UNION ALL
    SELECT
        key AS source,
        recorded AS counted,
        0 AS records
    FROM exam_sum
    WHERE breakdown = 'source' AND recorded > 0
)

SELECT
    CASE WHEN grouping(source) = 0 THEN 'source' ELSE 'total' END AS breakdown,
    coalesce(source, '') AS key,
    coalesce(sum(counted), 0) AS numerator,
    coalesce(sum(records), 0) AS denominator
FROM part
GROUP BY GROUPING SETS ((), (source))
