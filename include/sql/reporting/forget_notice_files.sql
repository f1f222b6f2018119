-- Drops what a waiting notice carried, to keep it afresh. Writes reporting.notice_file.
DELETE FROM reporting.notice_file
WHERE outbox_id = :outbox
