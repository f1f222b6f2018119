-- Everybody due, with a session or the reason why there is none.
-- Reads: due (temporary), planning.session. Writes: planning.invitation.
INSERT INTO planning.invitation (plan_id, person_id, session_id, priority, group_code, reason_code)
SELECT
    :plan_id,
    d.person_id,
    s.session_id,
    d.priority,
    d.group_code,
    CASE WHEN s.session_id IS NULL THEN 'capacity_exhausted' END AS reason_code
FROM due AS d
LEFT JOIN planning.session AS s ON d.team_id = s.team_id AND d.session_date = s.session_date
