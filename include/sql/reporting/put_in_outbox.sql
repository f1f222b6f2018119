-- Puts a mail in the outbox, once per version and purpose; one that still waits gets the recipients
-- of now. Writes reporting.outbox.
INSERT INTO reporting.outbox (
    submission_id, version, purpose, message_id, recipients, subject, body, document_ids, state, created_at
)
VALUES (
    :submission, :version, :purpose, :message_id, :recipients, :subject, :body, :documents, 'pending', :now
)
ON CONFLICT (submission_id, version, purpose) DO UPDATE
SET recipients = excluded.recipients
WHERE outbox.state = 'pending'
RETURNING xmax = 0
