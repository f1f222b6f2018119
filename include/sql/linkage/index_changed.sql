-- Tells the planner how many people changed: a few or all of them.
-- Reads: temporary table linkage_changed. Writes: its statistics.
ANALYZE linkage_changed
