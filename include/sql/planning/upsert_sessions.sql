-- One session for each day of a team to which somebody is invited.
-- Reads: due, slot (temporary). Writes: planning.session.
INSERT INTO planning.session (
    plan_id, province_code, commune_code, site_id, team_id, session_date, starts_at, ends_at, capacity, booked
)
SELECT
    :plan_id,
    :province_code,
    :commune_code,
    s.site_id,
    s.team_id,
    s.session_date,
    s.starts_at,
    s.ends_at,
    s.capacity,
    count(*) AS booked
FROM slot AS s
INNER JOIN due AS d ON s.team_id = d.team_id AND s.session_date = d.session_date
GROUP BY s.site_id, s.team_id, s.session_date, s.starts_at, s.ends_at, s.capacity
ON CONFLICT (team_id, session_date) DO UPDATE SET
    plan_id = excluded.plan_id,
    site_id = excluded.site_id,
    starts_at = excluded.starts_at,
    ends_at = excluded.ends_at,
    capacity = excluded.capacity,
    booked = excluded.booked
