-- Moves a submission on. Repeated, it stays in its state since it first was. Writes reporting.submission.
UPDATE reporting.submission
SET
    state = :state,
    state_since = CASE WHEN state = :state THEN state_since ELSE :now END,
    state_by = CASE WHEN state = :state THEN state_by END,
    state_note = CASE WHEN state = :state THEN state_note END
WHERE submission_id = :submission
