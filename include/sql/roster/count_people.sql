-- How many people live in the commune by the roster.
-- Reads: roster.person. Writes: nothing.
SELECT count(*) FROM roster.person WHERE province_code = :province_code AND commune_code = :commune_code
