-- The documents a mail carries. Reads reporting.document.
SELECT
    document_id,
    version,
    kind,
    file_name,
    sha256,
    content
FROM reporting.document
WHERE document_id = any(:documents)
ORDER BY kind
