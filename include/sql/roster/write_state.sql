-- What the commune's newest list said, for the next one to be compared with.
-- Reads: nothing. Writes: roster.list_state.
INSERT INTO roster.list_state (commune_code, province_code, refresh_id, made_with, listed, content)
VALUES (:commune_code, :province_code, :refresh_id, :made_with, :listed, :content)
ON CONFLICT (commune_code) DO UPDATE
    SET
        refresh_id = excluded.refresh_id,
        made_with = excluded.made_with,
        listed = excluded.listed,
        content = excluded.content
