-- Puts a mail outside any report to a recipient in the outbox, once for its topic; one that has not gone out gets the words
-- of now. Writes reporting.outbox.
INSERT INTO reporting.outbox (
    purpose, topic, recipient, message_id, subject, body, document_ids, content_hash, state, created_at
)
VALUES ('notice', :topic, :recipient, :message_id, :subject, :body, '{}', :content_hash, 'pending', :now)
ON CONFLICT (topic, recipient) DO UPDATE
SET
    subject = excluded.subject,
    body = excluded.body,
    content_hash = excluded.content_hash,
    state = 'pending',
    created_at = excluded.created_at
WHERE outbox.state IN ('pending', 'withdrawn')
RETURNING outbox_id
