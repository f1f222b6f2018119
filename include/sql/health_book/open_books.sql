-- A book for everyone on a commune's roster who has none; whoever was merged into another person is in that one's book.
-- Reads: roster.person, health_book.book, health_book.same_person. Writes: health_book.book.
INSERT INTO health_book.book (person_id, province_code, created_at, opened_by)
SELECT p.person_id, p.province_code, CAST(:now AS timestamptz), 'yearly'
FROM roster.person AS p
LEFT JOIN health_book.book AS b ON p.person_id = b.person_id
LEFT JOIN health_book.same_person AS s ON p.person_id = s.person_id
WHERE
    p.province_code = :province_code
    AND p.commune_code = :commune_code
    AND b.book_id IS NULL
    AND s.person_id IS NULL
ORDER BY p.person_id
ON CONFLICT (person_id) DO NOTHING
