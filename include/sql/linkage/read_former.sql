-- Numbers that the people compared had before, of each in order.
-- Reads: temporary table linkage_pair, roster.former_identifier. Writes: nothing.
SELECT f.person_id, string_agg(f.value, ' ' ORDER BY f.value) AS former_numbers
FROM (SELECT DISTINCT m.person_id FROM linkage_pair AS m) AS d
INNER JOIN roster.former_identifier AS f ON d.person_id = f.person_id AND f.kind = 'citizen_id'
GROUP BY f.person_id
