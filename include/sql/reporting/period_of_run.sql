-- The period a DAG run has opened, if it has. Reads: reporting.submission.
SELECT period_key
FROM reporting.submission
WHERE
    province_code = :province
    AND obligation = :obligation
    AND run_id = :run_id
