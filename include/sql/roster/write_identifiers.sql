-- Every number seen with a person. Of a card of 15 characters the 10 digits that stay with the person count as well,
-- so that the card and the bare number meet.
-- Reads: roster_stage. Writes: roster.person_identifier.
INSERT INTO roster.person_identifier AS known (person_id, kind, value, first_seen, last_seen, file_id)
SELECT s.person_id, number.kind, number.value, CAST(:now AS timestamptz), CAST(:now AS timestamptz), s.file_id
FROM roster_stage AS s
CROSS JOIN LATERAL (
    VALUES
    ('citizen_id', s.citizen_id),
    ('insurance_no', s.insurance_no),
    ('insurance_no', nullif(s.insurance_key, s.insurance_no))
) AS number (kind, value)
WHERE number.value IS NOT NULL AND s.action <> 'unchanged'
ON CONFLICT (person_id, kind, value) DO UPDATE SET last_seen = greatest(known.last_seen, excluded.last_seen)
