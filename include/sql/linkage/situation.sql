-- Whether a province has entries, cases or decisions already, and the model used last.
-- Reads: health_book.book, health_book.entry, health_book.review, health_book.decision, health_book.model_used.
-- Writes: nothing.
SELECT
    EXISTS(
        SELECT FROM health_book.book AS b
        INNER JOIN health_book.entry AS n ON b.book_id = n.book_id
        WHERE b.province_code = :province_code
    ) AS linked,
    EXISTS(SELECT FROM health_book.review AS r WHERE r.province_code = :province_code) AS reviewed,
    EXISTS(SELECT FROM health_book.decision AS d WHERE d.province_code = :province_code) AS decided,
    (SELECT u.model_version FROM health_book.model_used AS u WHERE u.province_code = :province_code) AS model_version
