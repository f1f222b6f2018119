-- An exam sent again unchanged counts as having come last and takes the later day of making, so that a version made in between
-- does not replace it. Sent again without a signature, one that has a signature stays as it is.
-- Reads: temporary table exam_touched. Writes: exam.encounter, exam.finding.
WITH renewed AS (
    UPDATE exam.encounter AS e
    SET arrival = t.arrival, signed = e.signed OR t.came_signed
    FROM exam_touched AS t
    WHERE e.encounter_id = t.encounter_id AND t.arrival > e.arrival AND (t.came_signed OR :signed OR NOT t.was_signed)
    RETURNING e.encounter_id, t.made_on
)

UPDATE exam.finding AS f SET value = r.made_on
FROM renewed AS r
WHERE f.encounter_id = r.encounter_id AND f.ordinal = 0 AND f.value < r.made_on
