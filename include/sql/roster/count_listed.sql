-- How many people live in the commune: everyone its last list has, but for those whose listing is only a claim.
-- Reads: roster.list_state, roster.claim. Writes: nothing.
SELECT s.listed - count(c.person_id)
FROM roster.list_state AS s
LEFT JOIN roster.claim AS c ON s.commune_code = c.commune_code
WHERE s.commune_code = :commune_code
GROUP BY s.listed
