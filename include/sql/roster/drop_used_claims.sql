-- A claim that came into force is a listing like any other.
-- Reads: roster_stage. Writes: roster.claim.
DELETE FROM roster.claim AS c
USING roster_stage AS s
WHERE c.person_id = s.person_id AND c.commune_code = s.commune_code
