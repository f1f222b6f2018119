-- In how many records of a file a field has a value outside the official table, or a required field has none.
-- A list's columns with an unknown heading are in unknown_columns_of_file.
-- Reads: exam.encounter, exam.finding. Writes: nothing.
WITH sent AS (
    SELECT
        encounter_id,
        form,
        held_codes
    FROM exam.encounter
    WHERE file_id = :file_id
),

required AS (
    SELECT
        r.form,
        r.part,
        r.code
    FROM unnest(CAST(:forms AS text[]), CAST(:parts AS text[]), CAST(:codes AS text[])) AS r (form, part, code)
),

doubtful AS (
    SELECT
        s.form,
        f.part,
        f.code,
        f.problem,
        count(DISTINCT s.encounter_id) AS records
    FROM sent AS s
    INNER JOIN exam.finding AS f ON s.encounter_id = f.encounter_id
    WHERE f.problem IS NOT NULL AND f.problem <> 'unknown_heading'
    GROUP BY s.form, f.part, f.code, f.problem
    UNION ALL
    SELECT
        s.form,
        r.part,
        r.code,
        'missing' AS problem,
        count(*) AS records
    FROM sent AS s
    INNER JOIN required AS r ON s.form = r.form
    WHERE
        r.code <> ALL(s.held_codes)
        AND NOT EXISTS (
            SELECT FROM exam.finding AS f
            WHERE s.encounter_id = f.encounter_id AND r.part = f.part AND r.code = f.code
        )
    GROUP BY s.form, r.part, r.code
)

SELECT
    form,
    part,
    code,
    problem,
    records
FROM doubtful
ORDER BY records DESC, form, part, code, problem
LIMIT :most
