-- What communes, facilities and departments reported by themselves for the report, by the moment of the snapshot. What
-- was not reported has no row.
-- Reads unit_due, reporting.unit_figure. Writes temporary table unit_input, which ends with the transaction.
CREATE TEMPORARY TABLE unit_input ON COMMIT DROP AS
SELECT
    f.figure,
    d.unit_kind,
    d.unit_code,
    d.unit_kind || ':' || d.unit_code AS unit,
    f.value,
    f.value_text
FROM unit_due AS d
INNER JOIN reporting.unit_figure AS f ON d.form_id = f.form_id
