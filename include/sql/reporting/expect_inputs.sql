-- Notes who owes figures for a report that has not gone out, and by when. A unit's due time stays once its figures came.
-- Reads reporting.submission. Writes reporting.input_due.
INSERT INTO reporting.input_due AS known (submission_id, input, unit_kind, unit, unit_name, due_at)
SELECT
    s.submission_id,
    e.input,
    e.unit_kind,
    e.unit,
    e.unit_name,
    e.due_at
FROM
    jsonb_to_recordset(cast(:inputs AS jsonb)) AS e (
        obligation text,
        period_key text,
        input text,
        unit_kind text,
        unit text,
        unit_name text,
        due_at timestamptz
    )
INNER JOIN reporting.submission AS s
    ON s.province_code = :province AND e.obligation = s.obligation AND e.period_key = s.period_key
WHERE s.delivered_at IS NULL
ON CONFLICT (submission_id, input, unit) DO UPDATE
SET unit_kind = excluded.unit_kind, unit_name = excluded.unit_name, due_at = excluded.due_at
WHERE
    known.received_at IS NULL
    AND (known.unit_kind, known.unit_name, known.due_at)
    IS DISTINCT FROM (excluded.unit_kind, excluded.unit_name, excluded.due_at)
