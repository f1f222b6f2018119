-- Who owes figures for the report, and the newest form of each that had come by the moment of the snapshot.
-- Reads reporting.input_due, reporting.unit_form. Writes temporary table unit_due, which ends with the transaction.
CREATE TEMPORARY TABLE unit_due ON COMMIT DROP AS
SELECT
    d.input,
    d.unit_kind,
    d.unit AS unit_code,
    d.unit_name,
    d.due_at,
    CASE WHEN f.form_id IS NOT NULL THEN d.received_at END AS received_at,
    f.form_id
FROM reporting.input_due AS d
LEFT JOIN LATERAL (
    SELECT sent.form_id
    FROM reporting.unit_form AS sent
    WHERE
        sent.submission_id = d.submission_id
        AND sent.input = d.input
        AND sent.unit = d.unit
        AND sent.received_at <= :as_of
    ORDER BY sent.version DESC
    LIMIT 1
) AS f ON TRUE
WHERE d.submission_id = :submission
