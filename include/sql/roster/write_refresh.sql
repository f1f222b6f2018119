-- The record of a list that was merged.
-- Reads: nothing. Writes: roster.refresh.
INSERT INTO roster.refresh (
    province_code, commune_code, file_id, run_id, inserted, updated, moved_in, closed, unchanged, rejected, refreshed_at
)
VALUES (
    :province_code, :commune_code, :file_id, :run_id, :inserted, :updated, :moved_in, :closed, :unchanged, :rejected,
    :now
)
