-- Who owed figures when a snapshot was taken, by when, and when they had come. Reads reporting.snapshot_input.
SELECT
    input,
    unit_name,
    due_at,
    received_at
FROM reporting.snapshot_input
WHERE snapshot_id = :snapshot
ORDER BY input, unit
