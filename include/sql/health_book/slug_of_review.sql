-- The province that a case is of.
-- Reads: health_book.review, ref.province. Writes: nothing.
SELECT v.slug
FROM health_book.review AS r
INNER JOIN ref.province AS v ON r.province_code = v.code
WHERE r.review_id = :review_id
