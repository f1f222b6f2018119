-- Every report of a province on which something is to be done: not out yet, or being corrected. With why its mail did not
-- go out, and which notices about the period nobody waits for any more. Nothing is owed for a period that ended
-- before the province joined, unless its report was begun.
-- Reads reporting.submission, reporting.obligation, reporting.outbox.
SELECT
    s.submission_id,
    s.obligation,
    s.period_key,
    s.period_to,
    s.due_at,
    s.aim_on,
    s.state,
    s.state_since,
    s.version,
    s.delivered_at,
    s.before_joining,
    s.incident IS NOT NULL AS is_incident,
    s.opened_at,
    s.run_id,
    (
        SELECT x.last_error
        FROM reporting.outbox AS x
        WHERE x.submission_id = s.submission_id AND x.version = s.version AND x.last_error IS NOT NULL
            AND x.state NOT IN ('sent', 'withdrawn')
        ORDER BY x.outbox_id DESC
        LIMIT 1
    ) AS last_error,
    t.told,
    t.told_at
FROM reporting.submission AS s
INNER JOIN reporting.obligation AS o ON s.province_code = o.province_code AND s.obligation = o.obligation
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(n.topic), '{}') AS told,
        max(n.created_at) AS told_at
    FROM reporting.outbox AS n
    WHERE
        n.purpose = 'notice'
        AND n.state IN ('sent', 'uncertain', 'refused')
        AND starts_with(n.topic, concat(cast(:slug AS text), '.watch.', s.obligation, '.', s.period_key, '.'))
        AND NOT EXISTS (SELECT 1 FROM reporting.outbox AS w WHERE w.topic = n.topic AND w.state = 'pending')
) AS t
WHERE
    s.province_code = :province
    AND o.active
    AND s.state NOT IN ('delivered', 'acknowledged')
    AND NOT (s.state = 'expected' AND s.before_joining)
ORDER BY s.due_at, s.obligation, s.period_key
