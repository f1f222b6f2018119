-- People born in a range of days go from one set to another.
-- Reads: nothing. Writes: roster.person.
UPDATE roster.person AS p
SET group_set_id = change.new_id
FROM unnest(CAST(:old_ids AS integer[]), CAST(:new_ids AS integer[])) AS change (old_id, new_id)
WHERE
    p.province_code = :province_code
    AND p.birth_date > :born_after
    AND p.birth_date <= :born_until
    AND p.group_set_id = change.old_id
