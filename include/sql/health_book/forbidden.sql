-- People in whose books an exam must not come.
-- Reads: health_book.never. Writes: nothing.
SELECT person_id
FROM health_book.never
WHERE
    province_code = :province_code
    AND facility_code = :facility_code
    AND ma_lk = :ma_lk
    AND source_class = :source_class
