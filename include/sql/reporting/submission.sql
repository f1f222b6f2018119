-- One submission with what later steps need of it. Reads reporting.submission, ref.province.
SELECT
    s.submission_id,
    s.obligation,
    s.period_key,
    s.period_from,
    s.period_to,
    s.due_at,
    s.aim_on,
    s.state,
    s.before_joining,
    s.late,
    s.version,
    s.incident,
    s.approved_by,
    s.approved_at,
    s.approval_note,
    s.delivered_at,
    s.run_id,
    s.documents_hash,
    s.state_since,
    s.opened_at,
    p.slug,
    p.code AS province
FROM reporting.submission AS s
INNER JOIN ref.province AS p ON s.province_code = p.code
WHERE s.submission_id = :submission
