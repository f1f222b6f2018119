-- id: quality_checks
-- name_vi: Kết quả kiểm tra chất lượng dữ liệu
-- name_en: Data quality suites passed
-- unit: bộ kiểm tra
-- numerator: suites whose newest run up to the snapshot passed
-- denominator: suites that ran and had something to check
-- breakdowns: total, state (passed, failed, error, not_applicable)
-- source: stats.validation
-- target: none
-- small_cells: show
WITH newest AS (
    SELECT DISTINCT ON (suite)
        suite,
        state
    FROM stats.validation
    WHERE province_code = :province AND validated_at <= :as_of
    ORDER BY suite ASC, validated_at DESC, validation_id DESC
)

SELECT
    'total' AS breakdown,
    '' AS key,
    count(*) FILTER (WHERE state = 'passed') AS numerator,
    count(*) FILTER (WHERE state <> 'not_applicable') AS denominator
FROM newest
UNION ALL
SELECT
    'state' AS breakdown,
    s.state AS key,
    count(newest.suite) AS numerator,
    (SELECT count(everything.suite) FROM newest AS everything) AS denominator
FROM unnest(ARRAY['passed', 'failed', 'error', 'not_applicable']) AS s (state)
LEFT JOIN newest ON s.state = newest.state
GROUP BY s.state
