-- The reports of one province that have been delivered, newest first within each obligation.
-- Reads: ref.province, reporting.submission. Writes: nothing.
-- Parameter: slug.
SELECT
    submission.obligation,
    submission.period_key,
    submission.due_at,
    submission.late,
    submission.before_joining,
    submission.delivered_at
FROM reporting.submission AS submission
INNER JOIN ref.province AS province ON submission.province_code = province.code
WHERE province.slug = :slug AND submission.delivered_at IS NOT NULL
ORDER BY submission.obligation ASC, submission.period_to DESC, submission.delivered_at DESC
