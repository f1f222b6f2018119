-- Enters a file; returns nothing when its bytes are registered already.
-- Reads: nothing. Writes: intake.file.
INSERT INTO intake.file (
    province_code, kind, commune_code, source, sender, path, sha256, size_bytes, status, received_at, run_id
)
VALUES (
    :province_code, :kind, :commune_code, :source, :sender, :path, :sha256, :size_bytes, 'received', :received_at, :run_id
)
ON CONFLICT (province_code, kind, sha256) DO NOTHING
RETURNING file_id, status, reason_code, commune_code
