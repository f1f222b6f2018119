-- The target groups of people that are checked. Groups of someone who left the roster have no province and are
-- reported with every province, which is why the join keeps them. Reads: roster.person_group, roster.person.
SELECT
    g.*,
    concat_ws(' ', g.person_id, g.code_set, g.group_code) AS row_key,
    p.person_id IS NOT NULL AS person_known
FROM roster.person_group AS g
LEFT JOIN roster.person AS p ON g.person_id = p.person_id
WHERE p.person_id IS NULL OR p.province_code = :province_code
