-- People the commune's newer list does not have any more. Their numbers stay in roster.person_identifier.
-- Reads: roster_stage. Writes: roster.person, roster.person_group, roster.person_history.
WITH gone AS (
    DELETE FROM roster.person AS p
    WHERE
        p.province_code = :province_code
        AND p.commune_code = :commune_code
        AND NOT EXISTS (SELECT 1 FROM roster_stage AS s WHERE s.person_id = p.person_id)
    RETURNING p.person_id
),

without_groups AS (
    DELETE FROM roster.person_group AS g
    USING gone
    WHERE g.person_id = gone.person_id
)

UPDATE roster.person_history AS h
SET valid_to = :now, end_reason = 'left', end_file_id = :file_id
FROM gone
WHERE h.person_id = gone.person_id AND h.valid_to IS NULL
