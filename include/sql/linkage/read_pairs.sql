-- Who is compared with whom. Reads: temporary table linkage_pair. Writes: nothing.
SELECT m.encounter_id, m.person_id FROM linkage_pair AS m
