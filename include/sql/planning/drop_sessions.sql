-- Coming sessions to which nobody is invited any more. Sessions already held stay as a record.
-- Reads: due (temporary). Writes: planning.session.
DELETE FROM planning.session AS s
WHERE
    s.plan_id = :plan_id
    AND s.session_date > :today
    AND NOT EXISTS (
        SELECT 1 FROM due AS d
        WHERE d.team_id = s.team_id AND d.session_date = s.session_date
    )
