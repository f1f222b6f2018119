-- Mails of a province of which nobody knows whether they went out. News about such a mail is left out.
-- Reads reporting.outbox, reporting.submission.
SELECT
    x.outbox_id,
    x.message_id,
    x.purpose,
    x.submission_id,
    x.subject,
    x.sent_at
FROM reporting.outbox AS x
LEFT JOIN reporting.submission AS s ON x.submission_id = s.submission_id
WHERE
    (s.province_code = :province OR starts_with(x.message_id, concat('<', cast(:slug AS text), '.')))
    AND x.state = 'uncertain'
    AND NOT starts_with(x.message_id, concat('<', cast(:slug AS text), '.watch.in-doubt.'))
ORDER BY x.outbox_id
