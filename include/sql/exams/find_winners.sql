-- Of the versions of each exam that a file touched one counts: a signed one before one without a signature, of these the one
-- made last (finding 0 holds the day), of these the one that came in last. All others are history.
-- Reads: temporary table exam_touched, exam.finding. Writes: exam.encounter, temporary table exam_winner.
CREATE TEMPORARY TABLE exam_winner ON COMMIT DROP AS
SELECT DISTINCT ON (e.facility_code, e.ma_lk, e.source_class)
    e.encounter_id, e.facility_code, e.ma_lk, e.source_class, e.is_current AS was_current
FROM (SELECT DISTINCT facility_code, ma_lk, source_class FROM exam_touched) AS k
INNER JOIN exam.encounter AS e
    ON
        e.province_code = :province_code
        AND k.facility_code = e.facility_code
        AND k.ma_lk = e.ma_lk
        AND k.source_class = e.source_class
INNER JOIN exam.finding AS f ON e.encounter_id = f.encounter_id AND f.ordinal = 0
ORDER BY e.facility_code, e.ma_lk, e.source_class, e.signed DESC, f.value DESC, e.arrival DESC
