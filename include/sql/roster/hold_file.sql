-- Lets a file wait for an officer. Files held in one transaction came together: they carry the number of the first of them.
-- Said again before anybody answered, the reasons are those of now.
-- Reads: intake.hold. Writes: intake.file, intake.hold.
WITH waiting AS (
    UPDATE intake.file SET status = 'held' WHERE file_id = :file_id AND status IN ('received', 'held')
    RETURNING file_id
)

INSERT INTO intake.hold (file_id, delivery, reasons, run_id, held_at)
SELECT
    w.file_id,
    coalesce(
        (SELECT min(h.delivery) FROM intake.hold AS h WHERE h.xmin = CAST(pg_current_xact_id() AS xid)), w.file_id
    ),
    CAST(:reasons AS jsonb),
    :run_id,
    :held_at
FROM waiting AS w
ON CONFLICT (file_id) DO UPDATE
SET reasons = excluded.reasons
WHERE hold.decision IS NULL
