-- Moves a mail on. Writes reporting.outbox.
UPDATE reporting.outbox
SET
    state = :state,
    attempts = attempts + :attempts,
    last_error = :error,
    sent_at = :sent_at
WHERE outbox_id = :outbox
