-- Versions that are known and came again count as having come last.
-- Reads: temporary table exam_in. Writes: exam.encounter, temporary table exam_touched.
WITH incoming AS (
    SELECT
        facility_code, ma_lk, source_class, content_hash, bool_or(signed) AS signed,
        CAST(:load AS bigint) * 1000000000 + max(ordinal) AS arrival
    FROM exam_in
    GROUP BY facility_code, ma_lk, source_class, content_hash
),

touched AS (
    UPDATE exam.encounter AS e
    SET arrival = i.arrival, signed = e.signed OR i.signed
    FROM incoming AS i
    WHERE
        e.province_code = :province_code
        AND e.facility_code = i.facility_code
        AND e.ma_lk = i.ma_lk
        AND e.source_class = i.source_class
        AND e.content_hash = i.content_hash
        AND e.arrival < i.arrival
    RETURNING e.encounter_id, e.facility_code, e.ma_lk, e.source_class, old.signed AS was_signed
)

INSERT INTO exam_touched (encounter_id, facility_code, ma_lk, source_class, is_new, was_signed)
SELECT encounter_id, facility_code, ma_lk, source_class, FALSE, was_signed FROM touched
ON CONFLICT DO NOTHING
