-- Keeps the state of the database the figures were read from. Writes reporting.snapshot.
INSERT INTO reporting.snapshot (submission_id, version, taken_at, database_snapshot, figures_hash)
VALUES (:submission, :version, :now, cast(pg_current_snapshot() AS text), :figures_hash)
RETURNING snapshot_id, database_snapshot
