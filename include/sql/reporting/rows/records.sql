-- The records of examinations that a figure misses (late, unsigned, in no book) or counts (in review, of a state); an empty
-- parameter asks for all.
-- Reads stats.arrival, stats.entry, stats.review. Writes nothing.
SELECT
    a.encounter_id,
    a.facility_code,
    a.source,
    a.exam_date,
    a.hours_late,
    CASE WHEN r.state = 'open' THEN r.reason_code END AS review_reason
FROM stats.arrival AS a
LEFT JOIN stats.entry AS n ON a.encounter_id = n.encounter_id
LEFT JOIN stats.review AS r ON a.encounter_id = r.encounter_id AND n.entry_id IS NULL
WHERE
    a.province_code = :province
    AND CASE
        WHEN :of_period THEN a.exam_date BETWEEN :period_from AND :period_to
        ELSE a.exam_date BETWEEN make_date(:year, 1, 1) AND :period_to
    END
    AND CASE :which
        WHEN 'late' THEN a.first_received_at > a.concluded_at + interval '24 hours'
        WHEN 'unsigned' THEN NOT a.signed
        WHEN 'unlinked' THEN n.entry_id IS NULL OR :key_state = 'linked'
        WHEN 'in_review' THEN r.state = 'open' AND r.candidates > 0
    END
    AND (CAST(:key_source AS text) IS NULL OR a.source = :key_source)
    AND (CAST(:key_facility AS text) IS NULL OR a.facility_code = :key_facility)
    AND (CAST(:key_review_reason AS text) IS NULL OR r.reason_code = :key_review_reason)
    AND (
        CAST(:key_state AS text) IS NULL
        OR CASE
            WHEN n.entry_id IS NOT NULL THEN 'linked'
            WHEN r.state = 'open' AND r.candidates > 0 THEN 'in_review'
            WHEN r.state IN ('open', 'not_the_same', 'new_person') THEN 'not_on_roster'
            ELSE 'waiting'
        END = :key_state
    )
ORDER BY a.encounter_id
