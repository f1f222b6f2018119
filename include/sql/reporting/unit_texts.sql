-- What units reported in words for a period, as it stood at a moment: of several texts of a unit the one received last.
-- Reads reporting.unit_figure.
SELECT DISTINCT ON (figure, unit_kind, unit_code)
    figure,
    unit_kind,
    unit_code,
    value_text
FROM reporting.unit_figure
WHERE
    province_code = :province
    AND period_key = :period_key
    AND received_at <= :at
    AND value_text IS NOT NULL
ORDER BY figure ASC, unit_kind ASC, unit_code ASC, received_at DESC
