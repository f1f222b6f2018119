-- The model with which open cases were looked at last.
-- Reads: nothing. Writes: health_book.model_used.
INSERT INTO health_book.model_used (province_code, model_version)
VALUES (:province_code, :model_version)
ON CONFLICT (province_code) DO UPDATE
SET model_version = excluded.model_version
WHERE health_book.model_used.model_version <> excluded.model_version
