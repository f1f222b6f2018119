-- Versions that no longer count.
-- Reads: temporary table exam_winner. Writes: exam.encounter.
UPDATE exam.encounter AS e SET is_current = FALSE
FROM exam_winner AS w
WHERE
    e.province_code = :province_code
    AND e.facility_code = w.facility_code
    AND e.ma_lk = w.ma_lk
    AND e.source_class = w.source_class
    AND e.is_current
    AND e.encounter_id <> w.encounter_id
