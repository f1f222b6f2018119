-- Listings of a commune that do not count now get the sets of the rules as they are now.
-- Reads: nothing. Writes: roster.claim.
UPDATE roster.claim AS c
SET group_set_id = given.group_set_id
FROM unnest(CAST(:person_ids AS bigint[]), CAST(:group_set_ids AS integer[])) AS given (person_id, group_set_id)
WHERE
    c.commune_code = :commune_code
    AND c.person_id = given.person_id
    AND c.group_set_id IS DISTINCT FROM given.group_set_id
