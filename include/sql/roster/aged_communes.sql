-- The communes with people or listings whose set was made by other rules.
-- Reads: roster.person, roster.claim, roster.group_set. Writes: nothing.
SELECT p.commune_code
FROM (
    SELECT DISTINCT commune_code, group_set_id FROM roster.person WHERE province_code = :province_code
    UNION
    SELECT commune_code, group_set_id FROM roster.claim WHERE province_code = :province_code
) AS p
LEFT JOIN roster.group_set AS s ON p.group_set_id = s.group_set_id
WHERE s.key IS NULL OR NOT starts_with(s.key, :rules_hash)
GROUP BY p.commune_code
ORDER BY p.commune_code
