-- Whose lock a decision about a case needs.
-- Reads: health_book.review. Writes: nothing.
SELECT province_code FROM health_book.review WHERE review_id = :review_id
