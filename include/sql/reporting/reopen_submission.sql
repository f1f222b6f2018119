-- Starts the next version of a submission (or the same one afresh, when nobody has seen it). Writes reporting.submission.
UPDATE reporting.submission
SET
    state = 'collecting',
    version = :version,
    run_id = :run_id,
    approved_by = NULL,
    approved_at = NULL,
    approval_note = NULL
WHERE submission_id = :submission
