-- Returns when everything that was committed before is on disk.
-- Reads: nothing. Writes: nothing (an empty message in the write-ahead log, which nobody reads).
SELECT pg_logical_emit_message(transactional => FALSE, prefix => 'sangloc', message => '', flush => TRUE)
