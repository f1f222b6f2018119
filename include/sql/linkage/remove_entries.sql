-- What an earlier version of an exam left in a health book and its current version does not support.
-- Reads: exam.encounter. Writes: health_book.entry.
DELETE FROM health_book.entry AS n
USING exam.encounter AS o
WHERE o.province_code = :province_code AND n.encounter_id = o.encounter_id AND NOT o.is_current
