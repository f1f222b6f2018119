-- Ids of people compared that stand for somebody else.
-- Reads: temporary table linkage_pair, health_book.same_person. Writes: nothing.
SELECT DISTINCT s.person_id, s.kept_person_id
FROM linkage_pair AS m
INNER JOIN health_book.same_person AS s ON m.person_id = s.person_id
