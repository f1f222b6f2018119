-- Personal numbers of rows that have to be looked at.
-- Reads: nothing. Writes: temporary table roster_sought, empty at the end of each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS roster_sought (citizen_id text NOT NULL) ON COMMIT DELETE ROWS
