-- What communes, facilities and departments reported by themselves for the period, by the moment of the snapshot: of
-- several values of a unit the one received last. What was not reported has no row.
-- Reads reporting.unit_figure. Writes temporary table unit_input, which ends with the transaction.
CREATE TEMPORARY TABLE unit_input ON COMMIT DROP AS
SELECT DISTINCT ON (figure, unit_kind, unit_code)
    figure,
    unit_kind,
    unit_code,
    unit_kind || ':' || unit_code AS unit,
    value,
    value_text
FROM reporting.unit_figure
WHERE province_code = :province AND period_key = :period_key AND received_at <= :as_of
ORDER BY figure ASC, unit_kind ASC, unit_code ASC, received_at DESC
