-- Tells the planner how many cases are left.
-- Reads: temporary table linkage_rest. Writes: its statistics.
ANALYZE linkage_rest
