-- Subject and body of a submission's mail of one purpose. Reads: reporting.outbox.
SELECT
    subject,
    body
FROM reporting.outbox
WHERE
    submission_id = :submission
    AND version = :version
    AND purpose = :purpose
