-- Keeps a rendered document. Writes reporting.document.
INSERT INTO reporting.document (submission_id, version, kind, file_name, sha256, content, rendered_at)
VALUES (:submission, :version, :kind, :file_name, :sha256, :content, :now)
