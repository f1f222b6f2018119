-- The hash of a snapshot's manifest. Reads reporting.manifest.
SELECT sha256
FROM reporting.manifest
WHERE snapshot_id = :snapshot
