-- The recipient has said that the report arrived. Writes reporting.submission.
UPDATE reporting.submission
SET state = 'acknowledged', state_since = :at, state_by = :by, state_note = :note
WHERE submission_id = :submission
