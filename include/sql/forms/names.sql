-- The names of units that owe or owed figures. Reads: reporting.input_due, reporting.submission. Writes: nothing.
SELECT DISTINCT ON (d.unit_kind, d.unit)
    d.unit_kind,
    d.unit,
    d.unit_name
FROM reporting.input_due AS d
INNER JOIN reporting.submission AS s ON d.submission_id = s.submission_id
WHERE s.province_code = :province
ORDER BY d.unit_kind, d.unit, s.period_from DESC
