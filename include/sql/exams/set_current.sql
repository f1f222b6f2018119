-- Versions that count now; an earlier one that is sent again then belongs to the file that brought it back.
-- Reads: temporary tables exam_winner, exam_touched. Writes: exam.encounter.
WITH settled AS (
    UPDATE exam.encounter AS e SET is_current = TRUE, file_id = :file_id
    FROM exam_winner AS w
    WHERE e.encounter_id = w.encounter_id AND NOT w.was_current
    RETURNING e.encounter_id
)

SELECT count(*)
FROM settled AS s
INNER JOIN exam_touched AS t ON s.encounter_id = t.encounter_id
WHERE NOT t.is_new
