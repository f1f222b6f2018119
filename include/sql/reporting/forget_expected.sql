-- Drops periods that nothing was done about and that the profile no longer has; one for which a unit has sent figures
-- stays. Writes reporting.submission, reporting.submission_step, reporting.input_due.
DELETE FROM reporting.submission AS s
WHERE
    s.province_code = :province
    AND s.state = 'expected'
    AND NOT EXISTS (
        SELECT
        FROM
            jsonb_to_recordset(cast(:periods AS jsonb)) AS e (
                obligation text,
                period_key text
            )
        WHERE e.obligation = s.obligation AND e.period_key = s.period_key
    )
    AND NOT EXISTS (
        SELECT FROM reporting.input_due AS d
        WHERE d.submission_id = s.submission_id AND d.received_at IS NOT NULL
    )
