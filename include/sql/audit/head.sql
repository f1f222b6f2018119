-- The newest event's number and hash. Reads: audit.event.
SELECT seq, hash FROM audit.event ORDER BY seq DESC LIMIT 1
