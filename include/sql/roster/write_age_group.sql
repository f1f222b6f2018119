-- People who have reached the age of a target group, whatever their list says.
-- Of the commune, and of the people whose claims came into force (roster_stage).
-- Reads: roster.person, roster_stage. Writes: roster.person_group.
INSERT INTO roster.person_group (person_id, code_set, group_code, reason)
SELECT p.person_id, :code_set, :group_code, 'age'
FROM roster.person AS p
WHERE
    p.province_code = :province_code
    AND p.birth_date <= :born_until
    AND (p.commune_code = :commune_code OR p.person_id IN (SELECT s.person_id FROM roster_stage AS s))
ON CONFLICT (person_id, code_set, group_code) DO NOTHING
