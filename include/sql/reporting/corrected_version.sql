-- The version of a submission that went out last before its present one, to all its recipients or to some, and why that is
-- replaced. Reads reporting.submission_step, reporting.outbox.
WITH gone AS (
    SELECT
        version,
        max(since) AS at,
        FALSE AS partly
    FROM reporting.submission_step
    WHERE submission_id = :submission AND state = 'delivered' AND version < :version
    GROUP BY version
    UNION ALL
    SELECT
        version,
        max(sent_at) AS at,
        TRUE AS partly
    FROM reporting.outbox
    WHERE
        submission_id = :submission
        AND purpose = 'delivery'
        AND state IN ('sending', 'sent', 'uncertain')
        AND version < :version
    GROUP BY version
)

SELECT
    g.version,
    g.at AS delivered_at,
    g.partly,
    concat_ws(
        '; ',
        (
            SELECT c.note
            FROM reporting.submission_step AS c
            WHERE
                c.submission_id = :submission
                AND c.version > (SELECT coalesce(min(w.version), :version) FROM gone AS w WHERE NOT w.partly)
                AND c.state = 'collecting'
                AND c.note IS NOT NULL
            ORDER BY c.step DESC
            LIMIT 1
        ),
        (
            SELECT b.note
            FROM reporting.submission_step AS b
            WHERE b.submission_id = :submission AND b.version = g.version AND b.state = 'sent_back' AND g.partly
            ORDER BY b.step DESC
            LIMIT 1
        )
    ) AS reason
FROM gone AS g
ORDER BY g.version DESC, g.partly ASC
LIMIT 1
