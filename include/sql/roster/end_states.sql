-- Ends the state in force of people whose record changes or who move.
-- Reads: roster_stage. Writes: roster.person_history.
UPDATE roster.person_history AS h
SET valid_to = :now, end_reason = s.action, end_file_id = s.file_id
FROM roster_stage AS s
WHERE h.person_id = s.person_id AND h.valid_to IS NULL AND s.action IN ('changed', 'moved')
