-- The figures a report is compared with: those of the newest version that went out for the period before, as it stood at a
-- moment. Reads reporting.snapshot, reporting.submission, reporting.submission_step.
SELECT
    n.snapshot_id,
    p.period_to
FROM reporting.submission AS s
INNER JOIN reporting.submission AS p
    ON
        s.province_code = p.province_code
        AND s.obligation = p.obligation
        AND s.period_from > p.period_to
INNER JOIN reporting.snapshot AS n ON p.submission_id = n.submission_id
WHERE
    s.submission_id = :submission
    AND s.incident IS NULL
    AND EXISTS (
        SELECT FROM reporting.submission_step AS d
        WHERE
            d.submission_id = p.submission_id
            AND d.version = n.version
            AND d.state = 'delivered'
            AND d.since <= :at
    )
ORDER BY p.period_to DESC, n.version DESC
LIMIT 1
