-- In which other commune most people of the list live, and how many of them.
-- Reads: roster_stage, roster.person. Writes: nothing.
SELECT count(*) AS people
FROM roster_stage AS s
INNER JOIN roster.person AS p ON s.person_id = p.person_id
WHERE p.commune_code <> :commune_code
GROUP BY p.commune_code
ORDER BY people DESC
LIMIT 1
