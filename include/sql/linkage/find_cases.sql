-- The current exams of a province that are in no health book and about which no person has decided.
-- Reads: exam.encounter, health_book.entry, health_book.review. Writes: temporary table linkage_case.
CREATE TEMPORARY TABLE linkage_case ON COMMIT DROP AS
SELECT
    e.encounter_id,
    e.facility_code,
    e.ma_lk,
    e.citizen_id,
    e.guardian_citizen_id,
    e.birth_date,
    e.birth_precision,
    e.name_key,
    e.name_fold
FROM exam.encounter AS e
LEFT JOIN health_book.review AS r ON e.encounter_id = r.encounter_id
WHERE
    e.province_code = :province_code
    AND e.is_current
    AND (r.state IS NULL OR r.state IN ('open', 'superseded'))
    AND NOT EXISTS (SELECT FROM health_book.entry AS n WHERE n.encounter_id = e.encounter_id)
