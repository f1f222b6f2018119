-- Takes back a topic's mails to those who are no longer among its recipients. Writes reporting.outbox.
UPDATE reporting.outbox
SET state = 'withdrawn'
WHERE topic = :topic AND state IN ('pending', 'refused') AND recipient <> ALL(CAST(:recipients AS text[]))
