-- The newest opened submission of every active obligation of a province. Reads reporting.obligation, reporting.submission, ref.province.
SELECT DISTINCT ON (o.obligation)
    o.obligation,
    o.name_vi,
    o.cadence,
    s.submission_id,
    s.period_key,
    s.state,
    s.version,
    s.due_at,
    s.aim_on,
    s.delivered_at,
    s.late,
    s.before_joining
FROM reporting.obligation AS o
INNER JOIN ref.province AS p ON o.province_code = p.code
LEFT JOIN reporting.submission AS s
    ON o.province_code = s.province_code AND o.obligation = s.obligation AND s.state <> 'expected'
WHERE p.slug = :slug AND o.active
ORDER BY o.obligation ASC, s.period_to DESC, s.submission_id DESC
