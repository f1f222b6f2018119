-- What the list does not say stays as it was: a number it leaves out, and every column it does not have.
-- Reads: roster.person. Writes: roster_stage.
UPDATE roster_stage AS s
SET
    citizen_id = coalesce(s.citizen_id, p.citizen_id),
    insurance_no = coalesce(s.insurance_no, p.insurance_no),
    insurance_key = coalesce(s.insurance_key, p.insurance_key),
    ethnic_code = CASE WHEN 'ethnic' = ANY(given.columns) THEN s.ethnic_code ELSE p.ethnic_code END,
    phone = CASE WHEN 'phone' = ANY(given.columns) THEN s.phone ELSE p.phone END,
    village = CASE WHEN 'village' = ANY(given.columns) THEN s.village ELSE p.village END,
    household_no = CASE WHEN 'household_no' = ANY(given.columns) THEN s.household_no ELSE p.household_no END,
    relation = CASE WHEN 'relation' = ANY(given.columns) THEN s.relation ELSE p.relation END,
    guardian_citizen_id = CASE WHEN 'guardian_id' = ANY(given.columns) THEN s.guardian_citizen_id ELSE p.guardian_citizen_id END,
    residence = CASE WHEN 'residence' = ANY(given.columns) THEN s.residence ELSE p.residence END,
    group_set_id = CASE WHEN 'groups' = ANY(given.columns) THEN s.group_set_id ELSE p.group_set_id END
FROM roster.person AS p, (SELECT CAST(:present AS text[]) AS columns) AS given
WHERE s.person_id = p.person_id AND s.leaves IS NULL
