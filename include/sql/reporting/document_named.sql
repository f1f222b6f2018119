-- The document of this name, whatever its content. Reads reporting.document.
SELECT
    kind,
    content
FROM reporting.document
WHERE file_name = :file_name
ORDER BY document_id DESC
LIMIT 1
