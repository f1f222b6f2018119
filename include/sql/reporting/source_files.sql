-- The files whose rows are in the warehouse. Reads stats.file.
SELECT
    file_id,
    kind,
    sha256
FROM stats.file
WHERE province_code = :province AND status = 'loaded'
ORDER BY file_id
