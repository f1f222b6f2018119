-- Reads: failing (temporary). Writes: nothing.
SELECT count(*) FROM failing
