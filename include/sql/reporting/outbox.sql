-- The mail of a submission's version and purpose, locked until the transaction ends. Reads reporting.outbox.
SELECT
    outbox_id,
    message_id,
    recipients,
    subject,
    body,
    document_ids,
    state,
    attempts,
    created_at,
    sent_at
FROM reporting.outbox
WHERE submission_id = :submission AND version = :version AND purpose = :purpose
FOR UPDATE
