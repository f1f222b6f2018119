-- Makes room for the claims that come into force.
-- Reads: nothing. Writes: roster_stage.
DELETE FROM roster_stage
