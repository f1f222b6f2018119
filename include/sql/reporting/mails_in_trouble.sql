-- Mails of which nobody knows whether they went out, or that the server refuses for good: a person settles each.
-- Reads reporting.outbox.
SELECT
    outbox_id,
    state,
    subject,
    recipient,
    message_id,
    sent_at
FROM reporting.outbox
WHERE state IN ('uncertain', 'refused')
ORDER BY outbox_id
