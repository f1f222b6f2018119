-- An exam that says again what a person once decided about goes back into the book it was decided to belong in: a version
-- about somebody else had come between. Not when a later decision forbids it.
-- Reads: exam.encounter, health_book.review, health_book.decision, health_book.decision_candidate, health_book.never,
-- health_book.same_person, health_book.book. Writes: health_book.entry.
INSERT INTO health_book.entry (book_id, encounter_id, method, match_probability, model_version, linked_at, run_id)
SELECT b.book_id, e.encounter_id, :by_person, 1.0, 'decision-' || d.decision_id, CAST(:now AS timestamptz), 'review-' || r.review_id
FROM health_book.review AS r
INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id
CROSS JOIN LATERAL (
    SELECT x.decision_id FROM health_book.decision AS x
    WHERE
        x.province_code = e.province_code
        AND x.facility_code = e.facility_code
        AND x.ma_lk = e.ma_lk
        AND x.source_class = e.source_class
        AND x.review_id = r.review_id
        AND x.answer = 'link'
    ORDER BY x.decision_id DESC
    LIMIT 1
) AS d
INNER JOIN health_book.decision_candidate AS c ON d.decision_id = c.decision_id AND c.verdict = 'same'
LEFT JOIN health_book.same_person AS s ON c.person_id = s.person_id
INNER JOIN health_book.book AS b ON coalesce(s.kept_person_id, c.person_id) = b.person_id
WHERE
    r.province_code = :province_code
    AND r.state = 'linked'
    AND e.file_id = ANY(CAST(:files AS bigint[]))
    AND e.is_current
    AND NOT EXISTS (SELECT FROM health_book.entry AS n WHERE n.encounter_id = e.encounter_id)
    AND NOT EXISTS (
        SELECT FROM health_book.never AS v
        WHERE
            v.province_code = e.province_code
            AND v.facility_code = e.facility_code
            AND v.ma_lk = e.ma_lk
            AND v.source_class = e.source_class
            AND v.person_id = b.person_id
    )
