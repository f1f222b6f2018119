-- The mails of a submission and what became of them. Reads reporting.outbox.
SELECT
    version,
    purpose,
    recipient,
    state,
    attempts,
    sent_at,
    next_try_at
FROM reporting.outbox
WHERE submission_id = :submission
ORDER BY outbox_id
