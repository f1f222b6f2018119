-- The refresh after which the commune's state was written.
-- Reads: roster.list_state. Writes: nothing.
SELECT refresh_id FROM roster.list_state WHERE commune_code = :commune_code
