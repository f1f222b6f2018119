-- Puts a mail outside any report in the outbox, once for each Message-ID; one that has not gone out gets the recipients and
-- the words of now. Reads: nothing. Writes: reporting.outbox.
INSERT INTO reporting.outbox (message_id, purpose, recipients, subject, body, document_ids, state, created_at)
VALUES (:message_id, 'notice', :recipients, :subject, :body, '{}', 'pending', :now)
ON CONFLICT (message_id) DO UPDATE
SET
    recipients = excluded.recipients,
    subject = excluded.subject,
    body = excluded.body,
    state = 'pending',
    created_at = excluded.created_at
WHERE outbox.state IN ('pending', 'withdrawn')
