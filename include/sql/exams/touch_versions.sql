-- Versions that are known and came again; what becomes of them is decided when the file's signature is known.
-- Reads: temporary table exam_in, exam.encounter. Writes: temporary table exam_touched.
WITH incoming AS (
    SELECT
        facility_code,
        ma_lk,
        source_class,
        content_hash,
        bool_or(signed) AS came_signed,
        max(made_on) AS made_on,
        CAST(:load AS bigint) * 1000000000 + max(ordinal) AS arrival
    FROM exam_in
    GROUP BY facility_code, ma_lk, source_class, content_hash
)

INSERT INTO exam_touched AS t (
    encounter_id, facility_code, ma_lk, source_class, is_new, was_signed, came_signed, made_on, arrival
)
SELECT e.encounter_id, e.facility_code, e.ma_lk, e.source_class, FALSE, e.signed, i.came_signed, i.made_on, i.arrival
FROM incoming AS i
INNER JOIN exam.encounter AS e
    ON
        i.facility_code = e.facility_code
        AND i.ma_lk = e.ma_lk
        AND i.source_class = e.source_class
        AND i.content_hash = e.content_hash
WHERE e.province_code = :province_code AND e.arrival < i.arrival
ON CONFLICT (encounter_id) DO UPDATE SET
    came_signed = t.came_signed OR excluded.came_signed,
    made_on = greatest(t.made_on, excluded.made_on),
    arrival = excluded.arrival
