-- Every statement is planned for the rows of this list: a plan kept from a commune before it was made for other tables, some
-- of them still empty then.
-- Reads: nothing. Writes: nothing.
SET LOCAL plan_cache_mode = force_custom_plan
