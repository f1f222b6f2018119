-- An exam sent again unchanged takes the later day of making, so that a version made in between does not replace it.
-- Reads: temporary table exam_in, exam.encounter. Writes: exam.finding.
UPDATE exam.finding AS f
SET value = i.made_on
FROM (
    SELECT facility_code, ma_lk, source_class, content_hash, max(made_on) AS made_on
    FROM exam_in
    GROUP BY facility_code, ma_lk, source_class, content_hash
) AS i
INNER JOIN exam.encounter AS e
    ON
        i.facility_code = e.facility_code
        AND i.ma_lk = e.ma_lk
        AND i.source_class = e.source_class
        AND i.content_hash = e.content_hash
WHERE e.province_code = :province_code AND f.encounter_id = e.encounter_id AND f.ordinal = 0 AND f.value < i.made_on
