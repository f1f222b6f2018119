-- Nobody is compared with their guardian, whose number may stand in the record as it was before.
-- Reads: temporary table linkage_rest, roster.former_identifier. Writes: temporary table linkage_pair.
DELETE FROM linkage_pair AS m
USING linkage_rest AS c, roster.former_identifier AS f
WHERE
    m.encounter_id = c.encounter_id
    AND c.guardian_citizen_id = f.value
    AND f.kind = 'citizen_id'
    AND f.person_id = m.person_id
