-- Whose book it is: the person as the roster has him, or had him last, and the book.
-- Reads: health_book.book, health_book.same_person, roster.person_history, ref.commune, ref.province. Writes: nothing.
SELECT
    b.book_id,
    b.created_at,
    h.person_id,
    h.full_name,
    h.birth_date,
    h.birth_precision,
    h.sex,
    h.citizen_id,
    h.insurance_no,
    h.phone,
    h.village,
    c.name AS commune,
    v.name AS province
FROM health_book.book AS b
INNER JOIN roster.person_history AS h ON b.person_id = h.person_id
INNER JOIN ref.province AS v ON b.province_code = v.code
LEFT JOIN ref.commune AS c ON h.commune_code = c.code AND c.valid_to IS NULL
WHERE
    b.person_id = coalesce(
        (SELECT s.kept_person_id FROM health_book.same_person AS s WHERE s.person_id = :person_id), :person_id
    )
ORDER BY h.valid_to DESC NULLS FIRST, h.valid_from DESC
LIMIT 1
