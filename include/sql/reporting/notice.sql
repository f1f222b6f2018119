-- The mail with a Message-ID, locked until the transaction ends.
-- Reads: reporting.outbox. Writes: nothing.
SELECT outbox_id, recipients, subject, body, state, created_at
FROM reporting.outbox
WHERE message_id = :message_id AND purpose = 'notice'
FOR UPDATE
