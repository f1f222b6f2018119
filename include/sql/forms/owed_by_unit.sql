-- What a unit owes of one input of a period, locked until the transaction ends, so that two versions of its form are never
-- taken at once. Reads: reporting.input_due, reporting.submission. Writes: nothing.
SELECT
    s.submission_id,
    s.obligation,
    s.period_key,
    s.period_from,
    d.input,
    d.unit_kind,
    d.unit,
    d.unit_name,
    d.due_at
FROM reporting.input_due AS d
INNER JOIN reporting.submission AS s ON d.submission_id = s.submission_id
WHERE
    s.province_code = :province
    AND s.obligation = :obligation
    AND s.period_key = :period_key
    AND d.input = :input
    AND d.unit = :unit
FOR UPDATE OF d
