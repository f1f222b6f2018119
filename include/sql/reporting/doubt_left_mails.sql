-- Mails that a crash left as being sent, and that no later run has looked at, are in doubt.
-- Reads reporting.submission. Writes reporting.outbox.
UPDATE reporting.outbox AS x
SET state = 'uncertain', last_error = 'an earlier attempt ended while it was sending'
WHERE
    x.state = 'sending'
    AND x.sent_at < :stale
    AND (
        starts_with(x.topic, concat(cast(:slug AS text), '.'))
        OR x.submission_id IN (SELECT s.submission_id FROM reporting.submission AS s WHERE s.province_code = :province)
    )
