-- People who leave the roster, or whose state in force ends.
-- Reads: nothing. Writes: temporary table roster_ended, empty at the end of each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS roster_ended (
    person_id bigint PRIMARY KEY,
    reason text NOT NULL,
    refresh_id bigint NOT NULL
) ON COMMIT DELETE ROWS
