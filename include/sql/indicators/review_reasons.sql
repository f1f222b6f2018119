-- id: review_reasons
-- name_vi: Hồ sơ khám chờ cán bộ xem xét theo lý do
-- name_en: Records that wait for a person, by reason
-- unit: hồ sơ
-- numerator: records of examinations between 1 January and the end of the period that wait for a person's decision
-- denominator: all records of examinations between 1 January and the end of the period
-- breakdowns: total, review_reason
-- source: record
-- target: none
-- small_cells: suppress
-- total_of: linkage.state/in_review
SELECT
    CASE WHEN grouping(reason_code) = 0 THEN 'review_reason' ELSE 'total' END AS breakdown,
    coalesce(reason_code, '') AS key,
    coalesce(sum(records), 0) AS numerator,
    (SELECT coalesce(sum(e.records), 0) FROM record AS e WHERE e.in_year) AS denominator
FROM record
WHERE in_year AND state = 'in_review'
GROUP BY GROUPING SETS ((), (reason_code))
