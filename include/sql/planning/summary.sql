-- The province's plans of one year, and how many of them one run made or changed.
-- Reads: planning.plan, planning.session. Writes: nothing.
SELECT
    count(*) AS communes,
    coalesce(sum(p.due_people), 0) AS due,
    coalesce(sum(p.planned_people), 0) AS planned,
    coalesce(sum(p.unplanned_people), 0) AS unplanned,
    coalesce(sum(s.sessions), 0) AS sessions,
    count(*) FILTER (WHERE p.run_id = :run_id) AS changed
FROM planning.plan AS p
CROSS JOIN
    LATERAL (
        SELECT count(*) AS sessions
        FROM planning.session
        WHERE plan_id = p.plan_id AND session_date >= p.starts_on
    ) AS s
WHERE p.province_code = :province_code AND p.year = :year
