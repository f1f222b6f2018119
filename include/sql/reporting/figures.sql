-- The figures of a snapshot. Reads reporting.figure.
SELECT
    indicator,
    breakdown,
    key,
    numerator,
    denominator
FROM reporting.figure
WHERE snapshot_id = :snapshot
ORDER BY indicator, breakdown, key
