-- The newest month that a merged list of the commune stated.
-- Reads: roster.refresh. Writes: nothing.
SELECT max(period) FROM roster.refresh
WHERE province_code = :province_code AND commune_code = :commune_code AND list_kind = 'full'
