-- What has come from below for some reports. Reads reporting.board_input.
SELECT
    submission_id,
    input,
    due_at,
    sum(expected) AS expected,
    sum(received) AS received,
    sum(in_time) AS in_time
FROM reporting.board_input
WHERE submission_id = any(:submissions)
GROUP BY submission_id, input, due_at
ORDER BY submission_id, due_at, input
