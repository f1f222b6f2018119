-- The mails of a topic, one for each recipient, held until the transaction ends. Reads reporting.outbox.
SELECT
    outbox_id,
    submission_id,
    version,
    purpose,
    topic,
    recipient,
    message_id,
    subject,
    body,
    document_ids,
    content_hash,
    state,
    attempts,
    next_try_at,
    created_at,
    sent_at
FROM reporting.outbox
WHERE topic = :topic AND state <> 'withdrawn'
ORDER BY outbox_id
FOR UPDATE
