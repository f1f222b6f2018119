-- Moves a submission on. Writes reporting.submission.
UPDATE reporting.submission
SET state = :state
WHERE submission_id = :submission
