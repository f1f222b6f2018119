-- Entries of files by the hashes of their bytes, with what an officer decided.
-- Reads: intake.file, intake.hold. Writes: nothing.
SELECT f.file_id, f.sha256, f.status, f.reason_code, f.commune_code, h.decision
FROM intake.file AS f
LEFT JOIN intake.hold AS h ON f.file_id = h.file_id
WHERE
    f.province_code = :province_code
    AND f.kind = :kind
    AND f.sha256 IN (SELECT unnest(CAST(:digests AS text[])))
