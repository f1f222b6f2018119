-- A personal number that somebody else has now is not given to a second person: the row counts without it (or with the number
-- the person had), and its sender is told. Whoever loses the number by this list does not have it any more.
-- Reads: roster.person, roster_ended. Writes: roster_stage.
WITH wanted AS (
    SELECT
        row_id,
        person_id,
        citizen_id,
        row_number() OVER (PARTITION BY citizen_id ORDER BY row_id) AS place
    FROM roster_stage
    WHERE action IN ('new', 'returned', 'changed', 'moved') AND citizen_id IS NOT NULL
),

taken AS (
    SELECT w.row_id
    FROM wanted AS w
    INNER JOIN roster.person AS o ON w.citizen_id = o.citizen_id AND w.person_id <> o.person_id
    LEFT JOIN roster_ended AS e ON o.person_id = e.person_id AND e.reason IN ('left', 'died')
    LEFT JOIN roster_stage AS u
        ON
            o.person_id = u.person_id
            AND u.action IN ('changed', 'moved')
            AND w.citizen_id IS DISTINCT FROM u.citizen_id
    WHERE o.province_code = :province_code AND e.person_id IS NULL AND u.person_id IS NULL
    UNION
    SELECT row_id FROM wanted
    WHERE place > 1
)

UPDATE roster_stage AS s
SET citizen_id = own.citizen_id
FROM (
    SELECT w.row_id, p.citizen_id
    FROM taken
    INNER JOIN wanted AS w ON taken.row_id = w.row_id
    LEFT JOIN roster.person AS p ON w.person_id = p.person_id
    WHERE p.citizen_id IS DISTINCT FROM w.citizen_id
) AS own
WHERE s.row_id = own.row_id
RETURNING s.row_id
