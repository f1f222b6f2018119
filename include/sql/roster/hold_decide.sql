-- Writes down an officer's decision about the files that came together with this one and still wait, once.
-- Reads: nothing. Writes: intake.hold.
UPDATE intake.hold
SET decision = :decision, decided_by = :decided_by, decided_at = :decided_at, note = :note
WHERE file_id = any(CAST(:files AS bigint[])) AND decision IS NULL
