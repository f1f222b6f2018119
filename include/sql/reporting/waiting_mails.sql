-- Topics of a province with mails that wait and are due to be tried, the oldest first.
-- Reads reporting.outbox, reporting.submission.
SELECT
    x.topic,
    x.purpose,
    x.submission_id
FROM reporting.outbox AS x
LEFT JOIN reporting.submission AS s ON x.submission_id = s.submission_id
WHERE
    x.state = 'pending'
    AND (x.next_try_at IS NULL OR x.next_try_at <= :now)
    AND (
        s.province_code = :province
        OR (x.submission_id IS NULL AND starts_with(x.topic, concat(cast(:slug AS text), '.')))
    )
GROUP BY x.topic, x.purpose, x.submission_id
ORDER BY min(x.created_at), x.topic
