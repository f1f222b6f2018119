-- Reads: nothing. Writes: failing (temporary).
TRUNCATE TABLE failing
