-- The files of a mail outside any report. Reads reporting.notice_file.
SELECT
    file_name,
    kind,
    content
FROM reporting.notice_file
WHERE outbox_id = :outbox
ORDER BY file_name
