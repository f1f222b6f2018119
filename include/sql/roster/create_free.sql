-- People whom the commune listed before and whose old row is not on the new list: gone, or on it in other words.
-- Reads: nothing. Writes: temporary table roster_free, empty at the end of each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS roster_free (person_id bigint PRIMARY KEY) ON COMMIT DELETE ROWS
