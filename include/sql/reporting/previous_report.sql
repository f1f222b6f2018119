-- The report of the same obligation that went out for the last period before a submission's, in its last version that did.
-- Reads reporting.submission, reporting.submission_step.
SELECT
    p.submission_id,
    (
        SELECT max(d.version)
        FROM reporting.submission_step AS d
        WHERE d.submission_id = p.submission_id AND d.state = 'delivered'
    ) AS version
FROM reporting.submission AS s
INNER JOIN reporting.submission AS p ON s.province_code = p.province_code AND s.obligation = p.obligation
WHERE s.submission_id = :submission AND p.period_to < s.period_from AND p.delivered_at IS NOT NULL
ORDER BY p.period_to DESC
LIMIT 1
