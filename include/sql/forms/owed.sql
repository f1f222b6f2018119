-- Who owes figures for periods that have begun and whose report has not gone out.
-- Reads: reporting.input_due, reporting.submission. Writes: nothing.
SELECT
    s.obligation,
    s.period_key,
    d.input,
    d.unit_kind,
    d.unit,
    d.unit_name,
    d.due_at
FROM reporting.input_due AS d
INNER JOIN reporting.submission AS s ON d.submission_id = s.submission_id
WHERE s.province_code = :province AND s.delivered_at IS NULL AND s.period_from <= :today
ORDER BY s.obligation, s.period_key, d.input, d.unit
