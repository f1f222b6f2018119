-- Cases that wait for a decision, the oldest first, by number and without anything about people.
-- Reads: health_book.review, exam.encounter, ref.province. Writes: nothing.
SELECT
    r.review_id,
    r.reason_code,
    r.created_at AS since,
    cardinality(r.candidate_person_ids) AS candidates,
    e.source,
    e.facility_code,
    v.slug,
    v.name AS province,
    count(*) OVER () AS waiting
FROM health_book.review AS r
INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id AND e.is_current
INNER JOIN ref.province AS v ON r.province_code = v.code
WHERE
    r.state = 'open'
    AND v.slug = ANY(CAST(:slugs AS text[]))
    AND (CAST(:reason AS text) IS NULL OR r.reason_code = :reason)
    AND (NOT :with_candidates OR r.candidate_person_ids <> '{}')
ORDER BY r.created_at, r.review_id
LIMIT :most OFFSET :skipped
