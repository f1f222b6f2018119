-- Statistics for the planner, without which it joins tens of thousands of rows one by one.
-- Reads: roster_stage. Writes: nothing.
ANALYZE roster_stage
