-- A run's statements have to do with ten records or with a million. Hash joins of a million need the memory; plans are made
-- for what is there this time. A merge join would read a whole index, and with it everybody in the order of birth dates.
-- Reads: nothing. Writes: nothing.
SELECT
    set_config('work_mem', '256MB', TRUE),
    set_config('hash_mem_multiplier', '2', TRUE),
    set_config('plan_cache_mode', 'force_custom_plan', TRUE),
    set_config('enable_mergejoin', 'off', TRUE)
