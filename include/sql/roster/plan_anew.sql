-- Every statement is planned for the rows of this list: a plan kept from a commune before it was made for other tables, some
-- of them still empty then. And each row looks for its people by an index: what the planner knows of a table's size is as
-- old as its last ANALYZE, and a table that was small then is read as a whole for every row now.
-- The commit does not wait for the disk, for the province's lock is held until it returns: flush_log.sql waits after it.
-- Reads: nothing. Writes: nothing.
SELECT
    set_config('plan_cache_mode', 'force_custom_plan', TRUE),
    set_config('enable_seqscan', 'off', TRUE),
    set_config('synchronous_commit', 'off', TRUE)
