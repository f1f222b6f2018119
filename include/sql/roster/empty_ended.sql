-- Makes room for the states that end with the claims that come into force.
-- Reads: nothing. Writes: roster_ended.
DELETE FROM roster_ended
