-- The submission that a mail belongs to; none for a notice. Reads reporting.outbox.
SELECT submission_id
FROM reporting.outbox
WHERE outbox_id = :outbox
