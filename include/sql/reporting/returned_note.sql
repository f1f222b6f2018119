-- What the officer wrote when a version was sent back. Reads reporting.submission_step.
SELECT note
FROM reporting.submission_step
WHERE submission_id = :submission AND version = :version AND state = 'sent_back'
ORDER BY step DESC
LIMIT 1
