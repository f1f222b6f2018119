-- Moves a mail on. sent_at is when it was last handed over, as far as that is known; a mail that waits or was refused has none.
-- Writes reporting.outbox.
UPDATE reporting.outbox
SET
    state = :state,
    last_error = :error,
    attempts = attempts + :attempts,
    next_try_at = :next_try_at,
    sent_at = CASE
        WHEN CAST(:state AS text) NOT IN ('pending', 'refused') THEN coalesce(CAST(:sent_at AS timestamptz), sent_at)
    END
WHERE outbox_id = :outbox
