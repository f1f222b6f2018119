-- A mail is about to be handed over: from here on nobody knows whether it went out until the server has answered.
-- Writes reporting.outbox.
UPDATE reporting.outbox
SET state = 'sending', attempts = attempts + 1, last_error = NULL, next_try_at = NULL, sent_at = :now
WHERE outbox_id = :outbox AND state = 'pending'
RETURNING outbox_id
