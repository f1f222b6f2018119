-- Takes those who leave off the roster; their states and numbers are kept already.
-- Reads: roster_ended. Writes: roster.person.
DELETE FROM roster.person AS p
USING roster_ended AS e
WHERE p.person_id = e.person_id AND e.reason IN ('left', 'died')
