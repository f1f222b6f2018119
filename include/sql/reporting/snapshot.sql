-- The snapshot of a submission's version. Reads reporting.snapshot.
SELECT
    snapshot_id,
    taken_at,
    database_snapshot,
    figures_hash
FROM reporting.snapshot
WHERE submission_id = :submission AND version = :version
