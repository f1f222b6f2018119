-- A version that has no signature takes that of its own record, which came again with one.
-- Reads: exam.finding. Writes: exam.encounter, exam.finding.
WITH signed AS (
    UPDATE exam.encounter AS e SET signed = TRUE
    WHERE
        e.province_code = :province_code
        AND e.facility_code = :facility_code
        AND e.ma_lk = :ma_lk
        AND e.source_class = :source_class
        AND e.content_hash = :content_hash
        AND NOT e.signed
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
