-- The version of a submission that went out last before its present one, and why that is replaced.
-- Reads reporting.submission_step.
SELECT
    d.version,
    d.since AS delivered_at,
    (
        SELECT c.note
        FROM reporting.submission_step AS c
        WHERE c.submission_id = d.submission_id AND c.step > d.step AND c.state = 'collecting' AND c.note IS NOT NULL
        ORDER BY c.step DESC
        LIMIT 1
    ) AS reason
FROM reporting.submission_step AS d
WHERE d.submission_id = :submission AND d.state = 'delivered' AND d.version < :version
ORDER BY d.step DESC
LIMIT 1
