-- Forgets the target groups of people whose record is written anew.
-- Reads: roster_stage. Writes: roster.person_group.
DELETE FROM roster.person_group AS g
USING roster_stage AS s
WHERE g.person_id = s.person_id AND g.code_set = :code_set AND s.action IN ('changed', 'moved')
