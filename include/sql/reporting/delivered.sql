-- A submission has gone out. A period that ended before the province joined is never late. Writes reporting.submission.
UPDATE reporting.submission
SET
    state = 'delivered',
    delivered_at = :at,
    late = NOT before_joining AND :at > due_at
WHERE submission_id = :submission
RETURNING late
