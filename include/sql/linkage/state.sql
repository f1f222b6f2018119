-- Where a province stands.
-- Reads: exam.encounter, health_book.entry, health_book.review, health_book.book. Writes: nothing.
SELECT
    (SELECT count(*) FROM exam.encounter WHERE province_code = :province_code AND is_current) AS encounters,
    (
        SELECT count(*) FROM health_book.entry AS n
        INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
        WHERE e.province_code = :province_code
    ) AS linked,
    (SELECT count(*) FROM health_book.review WHERE province_code = :province_code AND state = 'open') AS in_review,
    (SELECT count(*) FROM health_book.book WHERE province_code = :province_code) AS books
