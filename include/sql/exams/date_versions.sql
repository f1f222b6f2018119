-- The day of making of a file that says it behind its exams.
-- Reads: temporary table exam_touched. Writes: temporary table exam_touched, exam.finding.
WITH dated AS (
    UPDATE exam_touched SET made_on = :made_on
    RETURNING encounter_id, is_new
)

UPDATE exam.finding AS f SET value = :made_on
FROM dated AS d
WHERE d.is_new AND f.encounter_id = d.encounter_id AND f.ordinal = 0
