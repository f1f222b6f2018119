-- The documents of a submission's version. Reads reporting.document.
SELECT
    document_id,
    kind,
    file_name,
    sha256,
    content
FROM reporting.document
WHERE submission_id = :submission AND version = :version
ORDER BY kind
