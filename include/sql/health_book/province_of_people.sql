-- The province in which two people are, empty when they are in none or in two.
-- Reads: roster.person, health_book.book. Writes: nothing.
SELECT min(x.province_code) AS province_code
FROM (
    SELECT person_id, province_code FROM roster.person WHERE person_id IN (:one, :other)
    UNION
    SELECT person_id, province_code FROM health_book.book WHERE person_id IN (:one, :other)
) AS x
HAVING count(DISTINCT x.person_id) = 2 AND count(DISTINCT x.province_code) = 1
