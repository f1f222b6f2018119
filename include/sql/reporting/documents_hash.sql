-- Keeps the hash of the documents that are put before the officer. Writes reporting.submission.
UPDATE reporting.submission
SET documents_hash = :documents_hash
WHERE submission_id = :submission
