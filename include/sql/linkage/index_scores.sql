-- Tells the planner how many candidates and links there are.
-- Reads: temporary tables linkage_score, linkage_link. Writes: their statistics.
ANALYZE linkage_score, linkage_link
