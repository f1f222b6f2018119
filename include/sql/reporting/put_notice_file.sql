-- Keeps what a notice carries. Writes reporting.notice_file.
INSERT INTO reporting.notice_file (outbox_id, file_name, kind, sha256, content)
VALUES (:outbox, :file_name, :kind, :sha256, :content)
