-- Drops units that sent nothing and owe nothing any more, of reports that have not gone out.
-- Reads reporting.submission. Writes reporting.input_due.
DELETE FROM reporting.input_due AS d
USING reporting.submission AS s
WHERE
    d.submission_id = s.submission_id
    AND s.province_code = :province
    AND s.delivered_at IS NULL
    AND d.received_at IS NULL
    AND NOT EXISTS (
        SELECT
        FROM
            jsonb_to_recordset(cast(:inputs AS jsonb)) AS e (
                obligation text,
                period_key text,
                input text,
                unit text
            )
        WHERE e.obligation = s.obligation AND e.period_key = s.period_key AND e.input = d.input AND e.unit = d.unit
    )
