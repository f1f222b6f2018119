-- The signature over the whole file becomes that of every version the file brought which had none.
-- Reads: temporary table exam_touched, exam.finding. Writes: exam.encounter, exam.finding.
WITH signed AS (
    UPDATE exam.encounter AS e SET signed = TRUE
    FROM exam_touched AS t
    WHERE e.encounter_id = t.encounter_id AND NOT e.signed
    RETURNING e.encounter_id
)

INSERT INTO exam.finding (encounter_id, ordinal, part, code, value)
SELECT
    s.encounter_id,
    (SELECT max(f.ordinal) FROM exam.finding AS f WHERE f.encounter_id = s.encounter_id) + l.place,
    l.part,
    l.code,
    l.content
FROM signed AS s
CROSS JOIN
    unnest(CAST(:parts AS text[]), CAST(:codes AS text[]), CAST(:contents AS text[]))
    WITH ORDINALITY AS l (part, code, content, place)
