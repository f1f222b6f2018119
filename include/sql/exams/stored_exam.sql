-- The columns of a version of an exam that hold fields of its record.
-- Reads: exam.encounter, ref.facility. Writes: nothing.
SELECT
    e.form,
    e.facility_code,
    f.gln,
    e.held_codes,
    e.full_name,
    e.birth_date,
    e.birth_precision,
    e.sex,
    e.address,
    e.commune_code,
    e.citizen_id,
    e.guardian_citizen_id,
    e.insurance_no,
    e.phone
FROM exam.encounter AS e
LEFT JOIN ref.facility AS f ON e.province_code = f.province_code AND e.facility_code = f.code
WHERE e.encounter_id = :encounter_id
