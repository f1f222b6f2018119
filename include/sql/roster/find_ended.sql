-- Who leaves the roster of the commune: whose old row is gone from a complete list (close_missing), and whom a list of
-- changes names. Claims end the same way, without a trace in the history.
-- Reads: roster_free, roster_stage, roster.person. Writes: roster_ended.
INSERT INTO roster_ended (person_id, reason, refresh_id)
SELECT p.person_id, 'left', :refresh_id
FROM roster_free AS f
INNER JOIN roster.person AS p ON f.person_id = p.person_id
WHERE
    :close_missing
    AND p.commune_code = :commune_code
    AND NOT EXISTS (SELECT 1 FROM roster_stage AS s WHERE s.person_id = f.person_id)
UNION ALL
SELECT p.person_id, s.leaves, s.refresh_id
FROM roster_stage AS s
INNER JOIN roster.person AS p ON s.person_id = p.person_id
WHERE s.action = 'leaves' AND p.commune_code = :commune_code
