-- People get the sets of the rules as they are now.
-- Reads: nothing. Writes: roster.person.
UPDATE roster.person AS p
SET group_set_id = given.group_set_id
FROM unnest(CAST(:person_ids AS bigint[]), CAST(:group_set_ids AS integer[])) AS given (person_id, group_set_id)
WHERE p.person_id = given.person_id AND p.group_set_id IS DISTINCT FROM given.group_set_id
