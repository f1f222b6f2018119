-- One mail of the outbox, held until the transaction ends. Reads reporting.outbox.
SELECT
    outbox_id,
    topic,
    submission_id,
    version,
    purpose,
    state,
    attempts,
    sent_at
FROM reporting.outbox
WHERE outbox_id = :outbox
FOR UPDATE
