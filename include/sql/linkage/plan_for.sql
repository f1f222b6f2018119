-- Few rows are looked up in books and entries by their indexes, many are joined with all. Said here, since the planner may take
-- a table for empty: rows that are not committed yet count as none when it is vacuumed meanwhile, and a plan made for an empty
-- table reads a million rows once for each of a million.
-- Reads: nothing. Writes: nothing.
SELECT
    set_config('enable_seqscan', CASE WHEN :many THEN 'on' ELSE 'off' END, TRUE),
    set_config('enable_nestloop', CASE WHEN :many THEN 'off' ELSE 'on' END, TRUE)
