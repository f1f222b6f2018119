-- The figures and texts of a form. Writes: reporting.unit_figure.
INSERT INTO reporting.unit_figure (form_id, figure, value, value_text)
VALUES (:form_id, :figure, :value, :value_text)
