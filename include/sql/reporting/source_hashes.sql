-- The hashes under which files are registered. Reads stats.file.
SELECT
    file_id,
    sha256
FROM stats.file
WHERE province_code = :province
