-- What a form brought. Reads: reporting.unit_form, reporting.unit_figure. Writes: nothing.
SELECT
    v.figure,
    v.value,
    v.value_text
FROM reporting.unit_form AS f
INNER JOIN reporting.unit_figure AS v ON f.form_id = v.form_id
WHERE f.file_id = :file_id
