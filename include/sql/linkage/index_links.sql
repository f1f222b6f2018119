-- Tells the planner how many links there are: from none to a million.
-- Reads: temporary table linkage_link. Writes: its statistics.
ANALYZE linkage_link
