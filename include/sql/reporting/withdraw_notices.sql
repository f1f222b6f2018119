-- Takes back notices of the watch that still wait and are no longer true. Writes reporting.outbox.
UPDATE reporting.outbox
SET state = 'withdrawn'
WHERE
    purpose = 'notice'
    AND state = 'pending'
    AND starts_with(message_id, concat('<', cast(:slug AS text), '.watch.'))
    AND message_id <> ALL(CAST(:current AS text[]))
