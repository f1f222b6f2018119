-- Puts a report's mail to a recipient in the outbox, once for its topic; one that was withdrawn waits again, and one that
-- stands stays as it is. Writes reporting.outbox.
INSERT INTO reporting.outbox (
    submission_id, version, purpose, topic, recipient, message_id, subject, body, document_ids, content_hash, state, created_at
)
VALUES (
    :submission, :version, :purpose, :topic, :recipient, :message_id, :subject, :body, :documents, :content_hash, 'pending',
    :now
)
ON CONFLICT (topic, recipient) DO UPDATE
SET state = 'pending', last_error = NULL, next_try_at = NULL
WHERE outbox.state = 'withdrawn'
RETURNING xmax = 0
