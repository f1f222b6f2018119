-- Whom the commune listed before and whom a row of a list that is not complete may mean by name or insurance number: which
-- old rows are gone is not known, and whoever is sought by a personal number is found anyway.
-- Reads: roster.person, roster.claim. Writes: roster_free.
INSERT INTO roster_free (person_id)
SELECT person_id FROM roster.person
WHERE
    province_code = :province_code
    AND commune_code = :commune_code
    AND (name_key = ANY(CAST(:names AS text[])) OR insurance_key = ANY(CAST(:insurance_keys AS text[])))
UNION
SELECT person_id FROM roster.claim
WHERE
    province_code = :province_code
    AND commune_code = :commune_code
    AND (name_key = ANY(CAST(:names AS text[])) OR insurance_key = ANY(CAST(:insurance_keys AS text[])))
