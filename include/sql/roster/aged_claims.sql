-- As aged_people.sql, for listings that do not count now.
-- Reads: nothing. Writes: roster.claim.
UPDATE roster.claim AS c
SET group_set_id = change.new_id
FROM unnest(CAST(:old_ids AS integer[]), CAST(:new_ids AS integer[])) AS change (old_id, new_id)
WHERE
    c.province_code = :province_code
    AND c.birth_date > :born_after
    AND c.birth_date <= :born_until
    AND c.group_set_id = change.old_id
