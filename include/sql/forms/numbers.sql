-- The numbers that counted for a period. Reads: reporting.received_figure. Writes: nothing.
SELECT
    input,
    unit,
    figure,
    value
FROM reporting.received_figure
WHERE
    province_code = :province
    AND obligation = :obligation
    AND period_key = :period_key
    AND counts
    AND value IS NOT NULL
