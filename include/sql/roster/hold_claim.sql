-- The files that came together with this one and still wait, locked until the transaction ends: no list can take their
-- place meanwhile.
-- Reads: intake.file, intake.hold. Writes: nothing.
SELECT f.file_id
FROM intake.file AS f
INNER JOIN intake.hold AS h ON f.file_id = h.file_id
WHERE
    f.status = 'held'
    AND h.decision IS NULL
    AND coalesce(h.delivery, h.file_id)
    = coalesce((SELECT one.delivery FROM intake.hold AS one WHERE one.file_id = :file_id), :file_id)
ORDER BY f.file_id
FOR UPDATE OF f
