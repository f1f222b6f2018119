-- What units wrote in the forms that a snapshot counted. Reads reporting.snapshot_input, reporting.unit_figure.
SELECT
    f.figure,
    i.unit_name,
    f.value_text
FROM reporting.snapshot_input AS i
INNER JOIN reporting.unit_figure AS f ON i.form_id = f.form_id
WHERE i.snapshot_id = :snapshot AND f.value_text IS NOT NULL
ORDER BY f.figure, i.unit_kind, i.unit, i.input
