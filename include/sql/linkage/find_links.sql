-- The certain links: number, birth date to the day and name key agree, for one person only.
-- Reads: temporary tables linkage_case, linkage_match. Writes: temporary table linkage_link.
CREATE TEMPORARY TABLE linkage_link ON COMMIT DROP AS
SELECT c.encounter_id, c.facility_code, c.ma_lk, min(m.person_id) AS person_id
FROM linkage_case AS c
INNER JOIN linkage_match AS m ON c.encounter_id = m.encounter_id
WHERE
    m.number AND m.precise AND m.same_birth AND m.same_name
    AND c.citizen_id IS DISTINCT FROM c.guardian_citizen_id
GROUP BY c.encounter_id, c.facility_code, c.ma_lk
HAVING count(*) = 1
