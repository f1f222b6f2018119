-- How a submission came to where it is. Reads reporting.submission_step.
SELECT
    version,
    state,
    since,
    actor,
    note
FROM reporting.submission_step
WHERE submission_id = :submission
ORDER BY step
