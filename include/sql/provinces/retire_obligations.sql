-- Reads and writes reporting.obligation: marks what the province's profile no longer holds as inactive.
UPDATE reporting.obligation
SET active = FALSE
WHERE
    province_code = :province_code
    AND active
    AND obligation <> ALL(CAST(:kept AS text[]));
