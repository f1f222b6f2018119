-- Marks a file as loaded.
-- Reads: nothing. Writes: intake.file.
UPDATE intake.file
SET
    status = 'loaded',
    reason_code = NULL,
    list_kind = :list_kind,
    period = :period,
    rows_read = :rows_read,
    rows_accepted = :rows_accepted,
    rows_rejected = :rows_rejected,
    loaded_at = :loaded_at,
    run_id = coalesce(:run_id, run_id)
WHERE file_id = :file_id
