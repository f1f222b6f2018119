-- Begins a submission that was expected, starts its next version, or the same one afresh when nobody has seen it.
-- Writes reporting.submission.
UPDATE reporting.submission
SET
    opened_at = CASE WHEN state = 'expected' THEN :now ELSE opened_at END,
    state = 'collecting',
    version = :version,
    run_id = :run_id,
    approved_by = NULL,
    approved_at = NULL,
    approval_note = NULL,
    documents_hash = NULL,
    state_since = :now,
    state_by = :by,
    state_note = :note
WHERE submission_id = :submission
