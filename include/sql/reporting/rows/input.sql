-- What units reported of one figure for a report, each by its newest form. Reads reporting.received_figure,
-- reporting.submission.
SELECT
    r.unit_kind,
    r.unit,
    r.input,
    r.value,
    r.version,
    r.received_at,
    r.in_time,
    r.file_id
FROM reporting.received_figure AS r
INNER JOIN reporting.submission AS s
    ON r.province_code = s.province_code AND r.obligation = s.obligation AND r.period_key = s.period_key
WHERE
    s.submission_id = :submission
    AND r.counts
    AND r.figure = :figure
    AND (cast(:key_unit_kind AS text) IS NULL OR r.unit_kind = :key_unit_kind)
    AND (cast(:key_commune AS text) IS NULL OR (r.unit_kind = 'commune' AND r.unit = :key_commune))
ORDER BY r.unit_kind, r.unit
