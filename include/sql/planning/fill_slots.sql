-- The days a team has in this commune.
-- Reads: nothing. Writes: slot (temporary).
INSERT INTO slot (team_id, site_id, session_date, village, starts_at, ends_at, capacity)
SELECT
    s.team_id,
    s.site_id,
    s.session_date,
    s.village,
    s.starts_at,
    s.ends_at,
    s.capacity
FROM
    jsonb_to_recordset(cast(:slots AS jsonb))
        AS s (team_id bigint, site_id bigint, session_date date, village text, starts_at time, ends_at time, capacity integer)
