-- Tells the planner how many cases there are: from none to a million.
-- Reads: temporary table linkage_case. Writes: its statistics.
ANALYZE linkage_case
