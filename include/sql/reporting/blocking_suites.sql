-- Suites of checks whose newest run forbids the use of the data: it failed critically or could not be carried out.
-- Reads stats.validation.
WITH newest AS (
    SELECT DISTINCT ON (suite)
        suite,
        state,
        max_severity
    FROM stats.validation
    WHERE province_code = :province
    ORDER BY suite ASC, validated_at DESC, validation_id DESC
)

SELECT
    suite,
    state
FROM newest
WHERE state = 'error' OR (state = 'failed' AND max_severity = 'critical')
ORDER BY suite
