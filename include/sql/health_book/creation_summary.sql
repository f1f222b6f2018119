-- What the yearly run opened in a province, and whether this run opened any.
-- Reads: health_book.creation, health_book.book. Writes: nothing.
SELECT
    coalesce(sum(c.opened), 0) AS opened_this_year,
    count(*) FILTER (WHERE c.run_id = :run_id AND c.opened > 0) AS communes_changed,
    (SELECT count(*) FROM health_book.book AS b WHERE b.province_code = :province_code) AS books
FROM health_book.creation AS c
WHERE c.province_code = :province_code AND c.year = :year
