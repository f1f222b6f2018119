-- Where a person is or was, and with whom the person was found to be one.
-- Reads: roster.person, health_book.book, health_book.same_person, ref.province. Writes: nothing.
SELECT
    v.slug,
    v.name AS province,
    b.created_at AS opened_at,
    (
        SELECT s.kept_person_id FROM health_book.same_person AS s
        WHERE s.person_id = w.person_id
    ) AS kept_person_id,
    array(
        SELECT s.person_id FROM health_book.same_person AS s
        WHERE s.kept_person_id = w.person_id
        ORDER BY s.person_id
    ) AS dropped_person_ids
FROM (SELECT CAST(:person_id AS bigint) AS person_id) AS w
LEFT JOIN roster.person AS p ON w.person_id = p.person_id
LEFT JOIN health_book.book AS b ON w.person_id = b.person_id
INNER JOIN ref.province AS v ON coalesce(p.province_code, b.province_code) = v.code
