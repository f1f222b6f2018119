-- The record of a list that is about to be merged; finish_refresh.sql adds what it did.
-- Reads: nothing. Writes: roster.refresh.
INSERT INTO roster.refresh (
    province_code, commune_code, file_id, run_id, list_kind, period, refreshed_at,
    inserted, updated, moved_in, closed, unchanged, rejected
)
VALUES (:province_code, :commune_code, :file_id, :run_id, :list_kind, :period, :now, 0, 0, 0, 0, 0, 0)
RETURNING refresh_id
