-- How many forms units owe for periods that have begun, and what came of them.
-- Reads: ref.province, reporting.submission, reporting.input_due, intake.file, intake.reject. Writes: nothing.
-- Parameters: slug, now, today.
WITH province AS (
    SELECT code FROM ref.province
    WHERE slug = :slug
),

owed AS (
    SELECT
        due.due_at,
        due.received_at
    FROM reporting.input_due AS due
    INNER JOIN reporting.submission AS submission ON due.submission_id = submission.submission_id
    WHERE submission.province_code = (SELECT code FROM province) AND submission.period_from <= :today
)

SELECT
    count(*) AS expected,
    count(*) FILTER (WHERE owed.due_at <= :now) AS due,
    count(owed.received_at) FILTER (WHERE owed.due_at <= :now) AS received,
    count(*) FILTER (WHERE owed.due_at <= :now AND owed.received_at <= owed.due_at) AS in_time,
    count(owed.received_at) FILTER (WHERE owed.due_at > :now) AS early,
    (
        SELECT count(*)
        FROM intake.reject AS reject
        INNER JOIN intake.file AS file ON reject.file_id = file.file_id
        WHERE file.kind = 'form' AND file.province_code = (SELECT code FROM province)
    ) AS faults
FROM owed
