-- When a province's deadlines were last looked at. Writes reporting.watched.
INSERT INTO reporting.watched (province_code, watched_at)
VALUES (:province, :now)
ON CONFLICT (province_code) DO UPDATE
SET watched_at = excluded.watched_at
