-- What an earlier version of an exam left in a health book and its current version does not support.
-- Reads: exam.encounter. Writes: health_book.entry.
DELETE FROM health_book.entry AS n
USING exam.encounter AS c, exam.encounter AS o
WHERE
    c.file_id = ANY(CAST(:files AS bigint[]))
    AND c.province_code = :province_code
    AND c.is_current
    AND (o.province_code, o.facility_code, o.ma_lk, o.source_class)
    = (c.province_code, c.facility_code, c.ma_lk, c.source_class)
    AND NOT o.is_current
    AND n.encounter_id = o.encounter_id
