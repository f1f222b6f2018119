-- Subject and body of a submission's mail of one purpose, the same for all its recipients. Reads: reporting.outbox.
SELECT
    subject,
    body
FROM reporting.outbox
WHERE
    submission_id = :submission
    AND version = :version
    AND purpose = :purpose
ORDER BY outbox_id
LIMIT 1
