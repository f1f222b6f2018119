-- Tells the planner how many of them there are.
-- Reads: temporary table linkage_poor. Writes: its statistics.
ANALYZE linkage_poor
