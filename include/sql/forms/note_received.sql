-- The unit's figures have come; the first time stays. Writes: reporting.input_due.
UPDATE reporting.input_due
SET received_at = :received_at
WHERE submission_id = :submission AND input = :input AND unit = :unit AND received_at IS NULL
