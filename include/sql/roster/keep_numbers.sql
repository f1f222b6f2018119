-- Numbers that people lose: with a change those that change, and all of whoever leaves.
-- Reads: roster_ended, roster_stage, roster.person. Writes: roster.former_identifier.
INSERT INTO roster.former_identifier (person_id, kind, value, refresh_id)
SELECT p.person_id, number.kind, number.value, e.refresh_id
FROM roster_ended AS e
INNER JOIN roster.person AS p ON e.person_id = p.person_id
LEFT JOIN roster_stage AS s ON e.person_id = s.person_id AND s.action IN ('changed', 'moved')
CROSS JOIN LATERAL (
    VALUES
    ('citizen_id', p.citizen_id, s.citizen_id),
    ('insurance_no', p.insurance_key, s.insurance_key),
    ('insurance_card', nullif(p.insurance_no, p.insurance_key), s.insurance_no)
) AS number (kind, value, following)
WHERE number.value IS NOT NULL AND number.value IS DISTINCT FROM number.following
ON CONFLICT (person_id, kind, value) DO UPDATE SET refresh_id = excluded.refresh_id
