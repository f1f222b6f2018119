-- The target groups that are checked: those of every set that somebody of the province has. People who share a set share its
-- groups, so a set is looked at once. Reads: roster.person, roster.group_set_member.
SELECT
    m.*,
    concat_ws(' ', m.group_set_id, m.code_set, m.group_code) AS row_key,
    concat_ws(' ', m.code_set, m.group_code) AS code
FROM roster.group_set_member AS m
WHERE m.group_set_id IN (SELECT p.group_set_id FROM roster.person AS p WHERE p.province_code = :province_code)
