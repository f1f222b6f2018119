-- Takes back notices of the watch that still wait and are no longer true. Writes reporting.outbox.
UPDATE reporting.outbox
SET state = 'withdrawn'
WHERE
    purpose = 'notice'
    AND state = 'pending'
    AND starts_with(topic, concat(cast(:slug AS text), '.watch.'))
    AND topic <> ALL(CAST(:current AS text[]))
