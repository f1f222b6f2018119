-- Exams, entries and books of a province.
-- Reads: exam.encounter, health_book.entry, health_book.book. Writes: nothing.
SELECT
    (SELECT count(*) FROM exam.encounter WHERE province_code = :province_code AND is_current) AS encounters,
    CASE
        -- Counting all is far less work than finding out whose they are.
        WHEN NOT EXISTS (SELECT FROM health_book.book AS b WHERE b.province_code <> :province_code)
            THEN (SELECT count(*) FROM health_book.entry)
        ELSE
            (
                SELECT count(*) FROM health_book.entry AS n
                INNER JOIN health_book.book AS b ON n.book_id = b.book_id
                WHERE b.province_code = :province_code
            )
    END AS linked,
    (SELECT count(*) FROM health_book.book WHERE province_code = :province_code) AS books
