-- Claims of the commune that its newer list does not repeat, or that came true, and all claims to people who died.
-- Reads: roster_free, roster_stage, roster_ended. Writes: roster.claim.
DELETE FROM roster.claim AS c
WHERE
    EXISTS (SELECT 1 FROM roster_ended AS e WHERE e.person_id = c.person_id AND e.reason = 'died')
    OR (c.commune_code = :commune_code AND (
        (
            :close_missing
            AND EXISTS (SELECT 1 FROM roster_free AS f WHERE f.person_id = c.person_id)
            AND NOT EXISTS (SELECT 1 FROM roster_stage AS s WHERE s.person_id = c.person_id AND s.action = 'claim')
        )
        OR EXISTS (SELECT 1 FROM roster_stage AS s WHERE s.person_id = c.person_id AND s.action <> 'claim')
    ))
