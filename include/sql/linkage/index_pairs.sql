-- Tells the planner how many pairs there are.
-- Reads: temporary table linkage_pair. Writes: its statistics.
ANALYZE linkage_pair
