-- Who owed figures when a snapshot was taken, and whether they had come. Reads reporting.snapshot_input.
SELECT
    input,
    unit_name,
    received_at IS NOT NULL AS received,
    coalesce(received_at <= due_at, FALSE) AS in_time
FROM reporting.snapshot_input
WHERE snapshot_id = :snapshot
ORDER BY input, unit
