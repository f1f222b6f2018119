-- Keeps what a snapshot's figures came from. Writes reporting.manifest.
INSERT INTO reporting.manifest (snapshot_id, content, sha256)
VALUES (:snapshot, CAST(:content AS jsonb), :sha256)
