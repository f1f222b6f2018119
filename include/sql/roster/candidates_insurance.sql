-- Rows whose insurance number a person of the province has: anyone without a personal number, one of the same name and
-- birth date, anyone whom this commune listed before, and people who left.
-- Reads: roster_stage, roster_free, roster.person, roster.former_identifier. Writes: roster_candidate.
INSERT INTO roster_candidate (row_id, person_id, is_current)
SELECT s.row_id, p.person_id, TRUE
FROM roster_stage AS s
INNER JOIN roster.person AS p
    ON s.birth_date = p.birth_date AND s.name_fold = p.name_fold AND s.insurance_key = p.insurance_key
WHERE s.person_id IS NULL AND p.province_code = :province_code
UNION
SELECT s.row_id, p.person_id, TRUE
FROM roster_stage AS s
INNER JOIN roster.person AS p ON s.insurance_key = p.insurance_key
WHERE s.person_id IS NULL AND p.citizen_id IS NULL AND p.province_code = :province_code
UNION
SELECT s.row_id, p.person_id, TRUE
FROM roster_free AS f
INNER JOIN roster.person AS p ON f.person_id = p.person_id
INNER JOIN roster_stage AS s ON p.insurance_key = s.insurance_key
WHERE s.person_id IS NULL
UNION
SELECT s.row_id, f.person_id, FALSE
FROM roster_stage AS s
INNER JOIN roster.former_identifier AS f ON s.insurance_key = f.value AND f.kind = 'insurance_no'
WHERE s.person_id IS NULL
