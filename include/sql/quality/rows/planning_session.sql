-- The sessions that are checked. Those held before the plan was last mended keep the number booked at the time.
-- Reads: planning.session, planning.plan, planning.site, planning.team, planning.invitation.
SELECT
    s.*,
    CAST(s.session_id AS text) AS row_key,
    s.session_date < p.starts_on
    OR s.booked = (
        SELECT count(*) FROM planning.invitation AS i
        WHERE i.session_id = s.session_id
    ) AS booked_agrees,
    s.capacity <= t.persons_per_day AS within_team_capacity,
    s.session_date <= p.ends_on AND extract(YEAR FROM s.session_date) = p.year AS within_plan,
    site.commune_code = s.commune_code AND t.commune_code = s.commune_code AS same_commune
FROM planning.session AS s
INNER JOIN planning.plan AS p ON s.plan_id = p.plan_id
INNER JOIN planning.site AS site ON s.site_id = site.site_id
INNER JOIN planning.team AS t ON s.team_id = t.team_id
WHERE s.province_code = :province_code
