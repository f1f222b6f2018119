-- Keeps who owed figures and which form of each was counted, with the snapshot.
-- Reads unit_due. Writes reporting.snapshot_input.
INSERT INTO reporting.snapshot_input (
    snapshot_id, input, unit_kind, unit, unit_name, due_at, received_at, form_id
)
SELECT
    :snapshot,
    input,
    unit_kind,
    unit_code,
    unit_name,
    due_at,
    received_at,
    form_id
FROM unit_due
