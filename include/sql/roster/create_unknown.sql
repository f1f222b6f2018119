-- Rows whose person no personal number told.
-- Reads: nothing. Writes: temporary table roster_unknown, empty at the end of each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS roster_unknown (
    citizen_id text,
    insurance_key text,
    birth_date date,
    name_fold text NOT NULL
) ON COMMIT DELETE ROWS
