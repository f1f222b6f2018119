-- Target groups as the list states them, as code=reason pairs.
-- Reads: roster_stage. Writes: roster.person_group.
INSERT INTO roster.person_group (person_id, code_set, group_code, reason)
SELECT s.person_id, :code_set, split_part(pair, '=', 1), split_part(pair, '=', 2)
FROM roster_stage AS s
CROSS JOIN LATERAL string_to_table(s.groups, ';') AS pair
WHERE s.groups <> '' AND s.action IN ('new', 'returned', 'changed', 'moved')
