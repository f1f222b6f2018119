-- People a row of roster_stage may mean.
-- Reads: nothing. Writes: temporary table roster_candidate, empty at the end of each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS roster_candidate (
    row_id integer NOT NULL,
    person_id bigint NOT NULL,
    is_current boolean NOT NULL
) ON COMMIT DELETE ROWS
