-- Communes in force that have people on the roster.
-- Reads: ref.commune, roster.person. Writes: nothing.
SELECT
    c.code,
    c.name
FROM ref.commune AS c
WHERE
    c.province_code = :province_code
    AND c.valid_from <= :today
    AND coalesce(c.valid_to, :today) >= :today
    AND EXISTS (
        SELECT 1 FROM roster.person AS p
        WHERE p.commune_code = c.code AND p.province_code = c.province_code
    )
ORDER BY c.code
