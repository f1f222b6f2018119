-- The people whose state began with the refreshes at hand.
-- Reads: roster.person. Writes: temporary table linkage_changed.
CREATE TEMPORARY TABLE linkage_changed ON COMMIT DROP AS
SELECT p.person_id, p.citizen_id, p.birth_date, p.name_fold, p.guardian_citizen_id, p.commune_code
FROM roster.person AS p
WHERE
    p.province_code = :province_code
    AND p.commune_code = ANY(CAST(:communes AS text[]))
    AND p.refresh_id = ANY(CAST(:refreshes AS bigint[]))
