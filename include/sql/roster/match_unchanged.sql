-- Rows that are word for word what the commune's last list said. Equal rows pair up one to one.
-- Reads: roster.person. Writes: roster_stage.
WITH listed AS (
    SELECT row_id, row_hash, row_number() OVER (PARTITION BY row_hash ORDER BY row_id) AS place
    FROM roster_stage
),

known AS (
    SELECT person_id, row_hash, row_number() OVER (PARTITION BY row_hash ORDER BY person_id) AS place
    FROM roster.person
    WHERE province_code = :province_code AND commune_code = :commune_code
)

UPDATE roster_stage AS s
SET person_id = known.person_id, action = 'unchanged'
FROM listed
INNER JOIN known ON listed.row_hash = known.row_hash AND listed.place = known.place
WHERE s.row_id = listed.row_id
