-- Villages with enough people for a mobile team to go there. A smaller one might be the address of a single house and
-- never becomes a site. Ordered by name, so that the teams' round stays the same while people come and go.
-- Reads: roster.person. Writes: nothing.
SELECT village
FROM roster.person
WHERE province_code = :province_code AND commune_code = :commune_code AND village IS NOT NULL
GROUP BY village
HAVING count(*) >= :at_least
ORDER BY village
