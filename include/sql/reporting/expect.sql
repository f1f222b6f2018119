-- Notes periods for which a report is owed, before any run; as long as nothing is done about one it follows the profile.
-- Writes reporting.submission.
INSERT INTO reporting.submission AS known (
    province_code, obligation, period_key, period_from, period_to, due_at, aim_on, state, before_joining, opened_at,
    state_since
)
SELECT
    :province,
    e.obligation,
    e.period_key,
    e.period_from,
    e.period_to,
    e.due_at,
    e.aim_on,
    'expected',
    e.before_joining,
    :now AS opened_at,
    :now AS state_since
FROM
    jsonb_to_recordset(cast(:periods AS jsonb)) AS e (
        obligation text,
        period_key text,
        period_from date,
        period_to date,
        due_at timestamptz,
        aim_on date,
        before_joining boolean
    )
ON CONFLICT (province_code, obligation, period_key) DO UPDATE
SET
    period_from = excluded.period_from,
    period_to = excluded.period_to,
    due_at = excluded.due_at,
    aim_on = excluded.aim_on,
    before_joining = excluded.before_joining
WHERE
    known.state = 'expected'
    AND (known.period_from, known.period_to, known.due_at, known.aim_on, known.before_joining)
    IS DISTINCT FROM (excluded.period_from, excluded.period_to, excluded.due_at, excluded.aim_on, excluded.before_joining)
