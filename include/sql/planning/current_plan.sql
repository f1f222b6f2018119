-- The commune's plan of the year, and whether somebody still due has missed an appointment in it.
-- Reads: planning.plan, planning.invitation, planning.session. Writes: nothing.
SELECT
    p.plan_id,
    p.input_hash,
    p.due_people,
    p.planned_people,
    p.unplanned_people,
    (
        SELECT count(*) FROM planning.session AS s
        WHERE s.plan_id = p.plan_id AND s.session_date >= p.starts_on
    ) AS sessions,
    exists(
        SELECT 1
        FROM planning.invitation AS i
        INNER JOIN planning.session AS s ON i.session_id = s.session_id
        WHERE i.plan_id = p.plan_id AND s.session_date < :keep_from
    ) AS has_missed
FROM planning.plan AS p
WHERE p.commune_code = :commune_code AND p.year = :year
