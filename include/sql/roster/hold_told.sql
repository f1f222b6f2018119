-- The engineer and the officer have been told that a file waits, and those that came together with it.
-- Reads: nothing. Writes: intake.hold.
UPDATE intake.hold
SET told_at = :told_at
WHERE
    told_at IS NULL
    AND coalesce(delivery, file_id)
    = coalesce((SELECT one.delivery FROM intake.hold AS one WHERE one.file_id = :file_id), :file_id)
