-- The manifest of a document names who approved its version also when the report was acknowledged, corrected or given back since.
-- Reads: schema reporting. Writes: schema reporting. Runs as sangloc_owner.

CREATE OR REPLACE VIEW reporting.document_manifest AS
SELECT
    d.document_id,
    d.sha256,
    d.submission_id,
    d.version,
    s.snapshot_id,
    m.content || jsonb_build_object(
        'document', jsonb_build_object(
            'kind', d.kind, 'file_name', d.file_name, 'sha256', d.sha256, 'rendered_at', d.rendered_at
        ),
        'manifest_sha256', m.sha256,
        'state', CASE WHEN d.version = u.version THEN u.state ELSE 'replaced' END,
        'approver', a.approver,
        'approved_at', a.approved_at
    ) AS manifest
FROM reporting.document AS d
INNER JOIN reporting.submission AS u ON d.submission_id = u.submission_id
INNER JOIN reporting.snapshot AS s ON d.submission_id = s.submission_id AND d.version = s.version
INNER JOIN reporting.manifest AS m ON s.snapshot_id = m.snapshot_id
-- The submission itself knows of its present version, the steps of all since they are kept.
LEFT JOIN LATERAL (
    SELECT
        u.approved_by AS approver,
        u.approved_at,
        1 AS place
    WHERE d.version = u.version AND u.state IN ('approved', 'sending', 'delivered', 'acknowledged')
    UNION ALL
    (
        SELECT
            t.actor,
            t.since,
            2
        FROM reporting.submission_step AS t
        WHERE t.submission_id = d.submission_id AND t.version = d.version AND t.state = 'approved'
        ORDER BY t.step DESC
        LIMIT 1
    )
    ORDER BY place
    LIMIT 1
) AS a ON TRUE;
