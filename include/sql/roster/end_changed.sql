-- The states in force of people whose record changes or who move come to their end too.
-- Reads: roster_stage. Writes: roster_ended.
INSERT INTO roster_ended (person_id, reason, refresh_id)
SELECT person_id, action, refresh_id
FROM roster_stage
WHERE action IN ('changed', 'moved')
