-- A submission has gone out. Late or not is the first delivery; a correction changes nothing about it. A period that ended
-- before the province joined is never late. A version that was given back meanwhile is not delivered. Writes reporting.submission.
UPDATE reporting.submission
SET
    state = 'delivered',
    late = CASE WHEN delivered_at IS NULL THEN NOT before_joining AND :at > due_at ELSE late END,
    delivered_at = coalesce(delivered_at, :at),
    state_since = :at,
    state_by = NULL,
    state_note = NULL
WHERE submission_id = :submission AND version = :version AND state = 'sending'
