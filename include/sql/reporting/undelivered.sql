-- Periods that have begun and whose report has not gone out. Reads reporting.submission.
SELECT
    obligation,
    period_key
FROM reporting.submission
WHERE
    province_code = :province
    AND delivered_at IS NULL
    AND NOT before_joining
    AND period_from <= :today
