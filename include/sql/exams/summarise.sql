-- What a run brought in, over all senders.
-- Reads: intake.file, exam.encounter. Writes: nothing.
WITH arrived AS (
    SELECT file_id, status, rows_read, rows_accepted, rows_rejected
    FROM intake.file
    WHERE province_code = :province_code AND kind = 'exam' AND run_id = :run_id
)

SELECT
    count(*) FILTER (WHERE status = 'loaded') AS files,
    count(*) FILTER (WHERE status = 'refused') AS refused,
    coalesce(sum(rows_read), 0) AS read,
    coalesce(sum(rows_accepted), 0) AS accepted,
    coalesce(sum(rows_rejected), 0) AS rejected,
    (SELECT count(*) FROM exam.encounter AS e INNER JOIN arrived AS a ON e.file_id = a.file_id) AS changed
FROM arrived
