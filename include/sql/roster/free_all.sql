-- Everyone the commune listed before: used when nothing is known about the rows of its last list.
-- Reads: roster.person, roster.claim. Writes: roster_free.
INSERT INTO roster_free (person_id)
SELECT person_id FROM roster.person
WHERE province_code = :province_code AND commune_code = :commune_code
UNION
SELECT person_id FROM roster.claim
WHERE province_code = :province_code AND commune_code = :commune_code
