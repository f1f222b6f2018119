-- Moves a mail on. sent_at is when it was last handed over, as far as that is known; a mail that waits has none.
-- Writes reporting.outbox.
UPDATE reporting.outbox
SET
    state = :state,
    attempts = attempts + :attempts,
    last_error = :error,
    sent_at = CASE
        WHEN CAST(:state AS text) <> 'pending' THEN coalesce(CAST(:sent_at AS timestamptz), sent_at)
    END
WHERE outbox_id = :outbox
