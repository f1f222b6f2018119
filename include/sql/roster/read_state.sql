-- What the commune's newest list said.
-- Reads: roster.list_state. Writes: nothing.
SELECT refresh_id, made_with, listed, content FROM roster.list_state WHERE commune_code = :commune_code
