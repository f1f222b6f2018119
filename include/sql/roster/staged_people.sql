-- Whose row each row turned out to be.
-- Reads: roster_stage. Writes: nothing.
SELECT row_id, person_id, action FROM roster_stage ORDER BY row_id
