-- What a run took in. Reads: intake.file, reporting.unit_form, reporting.input_due. Writes: nothing.
SELECT
    count(*) FILTER (WHERE f.status = 'loaded') AS forms,
    count(*) FILTER (WHERE f.status = 'refused') AS refused,
    coalesce(sum(f.rows_accepted), 0) AS figures,
    coalesce(sum(f.rows_rejected), 0) AS faults,
    count(*) FILTER (WHERE u.received_at > d.due_at) AS late
FROM intake.file AS f
LEFT JOIN reporting.unit_form AS u ON f.file_id = u.file_id
LEFT JOIN reporting.input_due AS d
    ON u.submission_id = d.submission_id AND u.input = d.input AND u.unit = d.unit
WHERE f.province_code = :province AND f.kind = 'form' AND f.run_id = :run_id
