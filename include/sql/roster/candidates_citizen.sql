-- Rows whose personal number was seen with a person of the province, on any list, at any time.
-- Reads: roster_stage, roster.person, roster.former_identifier. Writes: roster_candidate.
INSERT INTO roster_candidate (row_id, person_id, is_current)
SELECT s.row_id, p.person_id, TRUE
FROM roster_stage AS s
INNER JOIN roster.person AS p ON s.citizen_id = p.citizen_id
WHERE s.person_id IS NULL AND p.province_code = :province_code
UNION ALL
SELECT s.row_id, f.person_id, FALSE
FROM roster_stage AS s
INNER JOIN roster.former_identifier AS f ON s.citizen_id = f.value AND f.kind = 'citizen_id'
WHERE s.person_id IS NULL
