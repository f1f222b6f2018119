-- The communes in force that are checked. Reads: ref.commune, roster.person.
SELECT
    c.*,
    c.code || ' ' || c.valid_from AS row_key,
    p.people > 0 AS has_people
FROM ref.commune AS c
CROSS JOIN
    LATERAL (
        SELECT count(*) AS people
        FROM roster.person
        WHERE commune_code = c.code AND province_code = c.province_code
    ) AS p
WHERE
    c.province_code = :province_code
    AND c.valid_from <= cast(:today AS date)
    AND (c.valid_to IS NULL OR c.valid_to >= cast(:today AS date))
