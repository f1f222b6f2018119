-- Claims of the commune that its newer list does not repeat, or that came true.
-- Reads: roster_free, roster_stage. Writes: roster.claim.
DELETE FROM roster.claim AS c
WHERE
    c.commune_code = :commune_code
    AND (
        (
            :close_missing
            AND EXISTS (SELECT 1 FROM roster_free AS f WHERE f.person_id = c.person_id)
            AND NOT EXISTS (SELECT 1 FROM roster_stage AS s WHERE s.person_id = c.person_id AND s.action = 'claim')
        )
        OR EXISTS (SELECT 1 FROM roster_stage AS s WHERE s.person_id = c.person_id AND s.action <> 'claim')
    )
