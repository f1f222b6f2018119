-- Makes room for the next batch.
-- Reads: nothing. Writes: temporary table exam_in.
TRUNCATE exam_in
