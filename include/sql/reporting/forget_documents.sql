-- Drops the documents of a version that nobody has seen yet. Writes reporting.document.
DELETE FROM reporting.document
WHERE submission_id = :submission AND version = :version
