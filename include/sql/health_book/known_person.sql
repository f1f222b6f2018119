-- The person an id stands for (another one when two were found to be one), if on the province's roster or with a book.
-- Reads: health_book.same_person, health_book.book, roster.person. Writes: nothing.
SELECT w.person_id
FROM (
    SELECT coalesce(
        (SELECT s.kept_person_id FROM health_book.same_person AS s WHERE s.person_id = :person_id),
        CAST(:person_id AS bigint)
    ) AS person_id
) AS w
WHERE
    EXISTS (SELECT FROM roster.person AS p WHERE p.person_id = w.person_id AND p.province_code = :province_code)
    OR EXISTS (SELECT FROM health_book.book AS b WHERE b.person_id = w.person_id AND b.province_code = :province_code)
