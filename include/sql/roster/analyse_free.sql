-- Tells the planner how many people are looked for.
-- Reads: nothing. Writes: statistics of roster_free.
ANALYZE roster_free
