-- Tells the planner how many rows nobody was found for yet.
-- Reads: nothing. Writes: statistics of roster_stage.
ANALYZE roster_stage (person_id)
