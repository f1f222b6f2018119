-- Tells the planner how many candidates there are.
-- Reads: temporary table linkage_score. Writes: its statistics.
ANALYZE linkage_score
