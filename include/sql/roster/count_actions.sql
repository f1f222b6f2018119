-- What the list does, by file. People who come back from another commune count as moved in; known says how many were on
-- the roster anywhere.
-- Reads: roster_stage. Writes: nothing.
SELECT
    refresh_id,
    count(*) FILTER (WHERE change IN ('new', 'returned')) AS inserted,
    count(*) FILTER (WHERE change = 'changed') AS updated,
    count(*) FILTER (WHERE change = 'moved') AS moved_in,
    count(*) FILTER (WHERE change IN ('unchanged', 'claim')) AS unchanged,
    count(*) FILTER (WHERE action IN ('changed', 'moved', 'unchanged', 'claim')) AS known
FROM roster_stage
GROUP BY refresh_id
