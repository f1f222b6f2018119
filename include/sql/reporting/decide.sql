-- Writes down a person's decision on a submission. Writes reporting.submission.
UPDATE reporting.submission
SET
    state = :state,
    approved_by = :by,
    approved_at = :now,
    approval_note = :note,
    state_since = :now,
    state_by = :by,
    state_note = :note
WHERE submission_id = :submission
