-- Keys of the rows that break one rule, until the transaction ends. Reads: nothing. Writes: temporary table failing.
CREATE TEMPORARY TABLE IF NOT EXISTS failing (row_key text PRIMARY KEY) ON COMMIT DROP
