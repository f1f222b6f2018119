-- Further pairs for cases where nobody was found: the name, and one of the birth dates that may be meant.
-- Reads: temporary table linkage_poor, roster.person. Writes: temporary table linkage_pair.
INSERT INTO linkage_pair (encounter_id, person_id, agrees, person)
SELECT c.encounter_id, (p.person).person_id, FALSE, p.person
FROM linkage_poor AS c
CROSS JOIN LATERAL (
    SELECT h AS person FROM roster.person AS h
    WHERE h.birth_date = ANY(c.days) AND h.name_fold = c.name_fold AND h.province_code = :province_code
    OFFSET 0
) AS p
WHERE
    ((p.person).citizen_id = c.guardian_citizen_id) IS NOT TRUE
    AND NOT EXISTS (
        SELECT FROM linkage_pair AS m
        WHERE m.encounter_id = c.encounter_id AND m.person_id = (p.person).person_id
    )
