-- The health books that are checked. A book stays when its person leaves the roster.
-- Reads: health_book.book, roster.person, roster.person_history.
SELECT
    b.*,
    CAST(b.book_id AS text) AS row_key,
    p.person_id IS NOT NULL OR h.states > 0 AS person_known
FROM health_book.book AS b
LEFT JOIN roster.person AS p ON b.person_id = p.person_id
CROSS JOIN
    LATERAL (
        SELECT count(*) AS states
        FROM roster.person_history
        WHERE person_id = b.person_id
    ) AS h
WHERE b.province_code = :province_code
