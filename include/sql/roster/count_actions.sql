-- What the list did. People who come back from another commune count as moved in.
-- Reads: roster_stage, roster.person_history. Writes: nothing.
SELECT
    count(*) FILTER (WHERE s.action = 'new' OR (s.action = 'returned' AND opened.change = 'returned')) AS inserted,
    count(*) FILTER (WHERE s.action = 'changed') AS updated,
    count(*) FILTER (WHERE s.action = 'moved' OR (s.action = 'returned' AND opened.change = 'moved')) AS moved_in,
    count(*) FILTER (WHERE s.action IN ('unchanged', 'claim')) AS unchanged
FROM roster_stage AS s
LEFT JOIN roster.person_history AS opened
    ON s.action = 'returned' AND s.person_id = opened.person_id AND opened.valid_to IS NULL
