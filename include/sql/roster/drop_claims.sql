-- A commune's newer list takes the place of its claims.
-- Reads: nothing. Writes: roster.claim.
DELETE FROM roster.claim WHERE province_code = :province_code AND commune_code = :commune_code
