-- What the rules say of new sets.
-- Reads: roster.group_set. Writes: roster.group_set_member.
INSERT INTO roster.group_set_member (group_set_id, code_set, group_code, reason, priority)
SELECT s.group_set_id, m.code_set, m.group_code, m.reason, m.priority
FROM jsonb_to_recordset(CAST(:members AS jsonb))
    AS m (key text, code_set text, group_code text, reason text, priority smallint)
INNER JOIN roster.group_set AS s ON m.key = s.key
ON CONFLICT (group_set_id, code_set, group_code) DO NOTHING
