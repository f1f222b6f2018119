-- The people a number may mean: their number in the system, their personal number now or before, or the personal number
-- that an exam in their book says. Only of some provinces.
-- Reads: roster.person, roster.former_identifier, exam.encounter, health_book.entry, health_book.book, ref.province, ref.commune.
-- Writes: nothing.
SELECT
    x.person_id,
    v.name AS province,
    c.name AS commune
FROM (
    SELECT CAST(:person_id AS bigint) AS person_id
    UNION
    SELECT person_id FROM roster.person WHERE citizen_id = :number
    UNION
    SELECT person_id FROM roster.former_identifier WHERE kind = 'citizen_id' AND value = :number
    UNION
    SELECT k.person_id
    FROM exam.encounter AS e
    INNER JOIN health_book.entry AS n ON e.encounter_id = n.encounter_id
    INNER JOIN health_book.book AS k ON n.book_id = k.book_id
    WHERE e.citizen_id = :number
) AS x
LEFT JOIN roster.person AS p ON x.person_id = p.person_id
LEFT JOIN health_book.book AS b ON x.person_id = b.person_id
INNER JOIN ref.province AS v ON coalesce(p.province_code, b.province_code) = v.code
LEFT JOIN ref.commune AS c ON p.commune_code = c.code AND p.province_code = c.province_code AND c.valid_to IS NULL
WHERE v.slug = ANY(CAST(:slugs AS text[]))
ORDER BY x.person_id
LIMIT 20
