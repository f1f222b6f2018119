-- Drops the figures of a version that nobody has seen yet, to take them afresh. Writes reporting.snapshot, reporting.figure.
DELETE FROM reporting.snapshot
WHERE submission_id = :submission AND version = :version
