-- The sets of people born in a range of days, the first one not included.
-- Reads: roster.person, roster.claim, roster.group_set. Writes: nothing.
SELECT s.group_set_id, s.key
FROM roster.group_set AS s
WHERE s.group_set_id IN (
    SELECT p.group_set_id
    FROM roster.person AS p
    WHERE p.province_code = :province_code AND p.birth_date > :born_after AND p.birth_date <= :born_until
    UNION
    SELECT c.group_set_id
    FROM roster.claim AS c
    WHERE c.province_code = :province_code AND c.birth_date > :born_after AND c.birth_date <= :born_until
)
