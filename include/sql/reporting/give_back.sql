-- What was approved cannot be sent: the submission waits for its next version, as if it had been sent back.
-- Writes reporting.submission.
UPDATE reporting.submission
SET state = 'sent_back', state_since = :now, state_by = NULL, state_note = :note
WHERE submission_id = :submission
