-- A further version of a unit's form. Reads and writes: reporting.unit_form.
INSERT INTO reporting.unit_form (submission_id, input, unit, version, file_id, form_version, received_at)
SELECT
    :submission,
    :input,
    :unit,
    coalesce(max(version), 0) + 1,
    :file_id,
    :form_version,
    :received_at
FROM reporting.unit_form
WHERE submission_id = :submission AND input = :input AND unit = :unit
RETURNING form_id, version
