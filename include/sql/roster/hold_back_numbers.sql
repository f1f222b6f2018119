-- A personal number that somebody else has now is not given to a second person: the row counts without it (or with the number
-- the person had), and its sender is told. Whoever loses the number by this list does not have it any more.
-- Reads: roster.person, roster_ended. Writes: roster_stage.
UPDATE roster_stage AS s
SET citizen_id = own.citizen_id
FROM (
    SELECT t.row_id, nullif(p.citizen_id, t.citizen_id) AS citizen_id
    FROM roster_stage AS t
    LEFT JOIN roster.person AS p ON t.person_id = p.person_id
    WHERE
        t.action IN ('new', 'returned', 'changed', 'moved')
        AND p.citizen_id IS DISTINCT FROM t.citizen_id
        AND (
            EXISTS (
                SELECT 1 FROM roster.person AS o
                WHERE
                    o.citizen_id = t.citizen_id
                    AND o.province_code = :province_code
                    AND o.person_id <> t.person_id
                    AND NOT EXISTS (
                        SELECT 1 FROM roster_ended AS e
                        WHERE e.person_id = o.person_id AND e.reason IN ('left', 'died')
                    )
                    AND NOT EXISTS (
                        SELECT 1 FROM roster_stage AS u
                        WHERE
                            u.person_id = o.person_id
                            AND u.action IN ('changed', 'moved')
                            AND u.citizen_id IS DISTINCT FROM t.citizen_id
                    )
            )
            OR EXISTS (
                SELECT 1 FROM roster_stage AS above
                WHERE
                    above.citizen_id = t.citizen_id
                    AND above.row_id < t.row_id
                    AND above.action IN ('new', 'returned', 'changed', 'moved')
            )
        )
) AS own
WHERE s.row_id = own.row_id
RETURNING s.row_id
