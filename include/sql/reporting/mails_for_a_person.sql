-- Mails of a province that a person has to see to: nobody knows whether they went out, or the server refuses them for good.
-- News about such a mail is left out, and what a person has been told of since its last try. Reads reporting.outbox, reporting.submission.
SELECT
    x.outbox_id,
    x.topic,
    x.recipient,
    x.message_id,
    x.purpose,
    x.submission_id,
    x.subject,
    x.state,
    x.attempts,
    x.last_error,
    x.sent_at
FROM reporting.outbox AS x
LEFT JOIN reporting.submission AS s ON x.submission_id = s.submission_id
WHERE
    (s.province_code = :province OR starts_with(x.topic, concat(cast(:slug AS text), '.')))
    AND x.state IN ('uncertain', 'refused')
    AND NOT starts_with(x.topic, concat(cast(:slug AS text), '.watch.in-doubt.'))
    AND NOT starts_with(x.topic, concat(cast(:slug AS text), '.watch.refused.'))
    AND NOT EXISTS (
        SELECT 1
        FROM reporting.outbox AS n
        WHERE
            n.topic = concat(
                cast(:slug AS text),
                CASE x.state WHEN 'uncertain' THEN '.watch.in-doubt.' ELSE '.watch.refused.' END,
                x.outbox_id,
                '.',
                x.attempts
            )
            AND n.state IN ('sent', 'uncertain', 'refused')
            AND NOT EXISTS (SELECT 1 FROM reporting.outbox AS w WHERE w.topic = n.topic AND w.state = 'pending')
    )
ORDER BY x.outbox_id
