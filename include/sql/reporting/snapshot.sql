-- The snapshot of a submission's version, with the head of the ledger that its manifest names. Reads reporting.snapshot,
-- reporting.manifest.
SELECT
    s.snapshot_id,
    s.taken_at,
    s.database_snapshot,
    s.figures_hash,
    m.content ->> 'audit_head' AS audit_head
FROM reporting.snapshot AS s
LEFT JOIN reporting.manifest AS m ON s.snapshot_id = m.snapshot_id
WHERE s.submission_id = :submission AND s.version = :version
