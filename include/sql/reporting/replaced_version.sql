-- The version of a submission that its recipients had when a later one's figures were taken, and why it was replaced: what the
-- later one's documents say of it. Nothing that comes after that moment changes it, so that a later rendering reads the same;
-- what went out to some recipients only is settled later and stands in the mail. Reads reporting.submission_step,
-- reporting.snapshot.
SELECT
    d.version,
    max(d.since) AS delivered_at,
    (
        SELECT c.note
        FROM reporting.submission_step AS c
        WHERE
            c.submission_id = :submission
            AND c.version > d.version
            AND c.version <= :version
            AND c.state = 'collecting'
            AND c.note IS NOT NULL
            AND c.since <= :at
        ORDER BY c.step DESC
        LIMIT 1
    ) AS reason
FROM reporting.submission_step AS d
INNER JOIN reporting.snapshot AS n ON d.submission_id = n.submission_id AND d.version = n.version
WHERE d.submission_id = :submission AND d.version < :version AND d.state = 'delivered' AND d.since <= :at
GROUP BY d.version
ORDER BY d.version DESC
LIMIT 1
