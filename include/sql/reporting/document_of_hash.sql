-- The document with this content, with its manifest and the snapshot it was made from.
-- Reads reporting.document, reporting.snapshot, reporting.manifest, reporting.submission, reporting.document_manifest, ref.province.
SELECT
    d.document_id,
    d.kind,
    d.file_name,
    d.version,
    encode(sha256(d.content), 'hex') AS stored_sha256,
    u.submission_id,
    u.state,
    u.version AS newest_version,
    u.obligation,
    u.period_key,
    p.slug,
    s.snapshot_id,
    s.figures_hash,
    m.sha256 AS manifest_sha256,
    m.content,
    v.manifest
FROM reporting.document AS d
INNER JOIN reporting.submission AS u ON d.submission_id = u.submission_id
INNER JOIN ref.province AS p ON u.province_code = p.code
LEFT JOIN reporting.snapshot AS s ON d.submission_id = s.submission_id AND d.version = s.version
LEFT JOIN reporting.manifest AS m ON s.snapshot_id = m.snapshot_id
LEFT JOIN reporting.document_manifest AS v ON d.document_id = v.document_id
WHERE d.sha256 = :sha256
ORDER BY d.document_id
LIMIT 1
