-- The rules as they are now, for whoever reads roster.target_group.
-- Reads: nothing. Writes: roster.target_group.
INSERT INTO roster.target_group (
    province_code, code_set, group_code, name_vi, condition_vi, source, certainty, priority, valid_from, valid_to
)
SELECT
    :province_code, g.code_set, g.group_code, g.name_vi, g.condition_vi, g.source, g.certainty, g.priority, g.valid_from,
    g.valid_to
FROM jsonb_to_recordset(CAST(:groups AS jsonb)) AS g (
    code_set text, group_code text, name_vi text, condition_vi text, source text, certainty text, priority smallint,
    valid_from date, valid_to date
)
