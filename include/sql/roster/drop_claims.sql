-- Claims of the commune that its newer list does not repeat, or that came true.
-- Reads: nothing. Writes: roster.claim.
DELETE FROM roster.claim
WHERE commune_code = :commune_code AND person_id = ANY(CAST(:people AS bigint[]))
