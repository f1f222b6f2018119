-- The submission of an obligation and period, if it was opened. Reads reporting.submission.
SELECT
    submission_id,
    state,
    version,
    run_id,
    delivered_at,
    state_since
FROM reporting.submission
WHERE province_code = :province AND obligation = :obligation AND period_key = :period_key
