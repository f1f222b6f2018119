-- Where a province stands. Cases without anybody who could be meant are of people on no list, and wait for no decision.
-- Reads: exam.encounter, health_book.entry, health_book.review, health_book.book. Writes: nothing.
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
    (
        SELECT count(*) FROM health_book.review
        WHERE province_code = :province_code AND state = 'open' AND candidate_person_ids <> '{}'
    ) AS in_review,
    (
        SELECT count(*) FROM health_book.review
        WHERE province_code = :province_code AND state = 'open' AND candidate_person_ids = '{}'
    ) AS not_on_roster,
    (SELECT count(*) FROM health_book.book WHERE province_code = :province_code) AS books
