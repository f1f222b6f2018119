-- How many people of the commune's roster are not planned because their residence does not count.
-- Reads: roster.person. Writes: nothing.
SELECT count(*)
FROM roster.person
WHERE
    province_code = :province_code
    AND commune_code = :commune_code
    AND residence <> all(cast(:residences AS text[]))
