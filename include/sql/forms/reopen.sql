-- A refused form is looked at again when it was moved to another unit's folder, or when what it was refused for may have
-- changed meanwhile. Where it was moved, it comes to that unit now.
-- Reads: nothing. Writes: intake.file.
UPDATE intake.file
SET
    status = 'received',
    reason_code = NULL,
    path = :path,
    sender = :sender,
    received_at = CASE WHEN sender = :sender THEN received_at ELSE :now END,
    returned_at = CASE WHEN sender = :sender THEN returned_at END
WHERE
    file_id = :file_id
    AND status = 'refused'
    AND (
        (reason_code = 'form_other_unit' AND sender <> :sender)
        OR reason_code IN ('form_not_owed', 'form_not_begun')
    )
RETURNING file_id
