-- The documents of all versions of a submission, without their bytes. Reads reporting.document.
SELECT
    document_id,
    version,
    kind,
    file_name,
    sha256,
    length(content) AS bytes
FROM reporting.document
WHERE submission_id = :submission
ORDER BY version DESC, kind DESC
