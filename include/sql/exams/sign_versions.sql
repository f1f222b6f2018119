-- Of the given versions, those without a signature take this one.
-- Reads: exam.finding. Writes: exam.encounter, exam.finding.
WITH signed AS (
    UPDATE exam.encounter AS e SET signed = TRUE
    WHERE e.encounter_id = ANY(CAST(:encounter_ids AS bigint[])) AND NOT e.signed
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
