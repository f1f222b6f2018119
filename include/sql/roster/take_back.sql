-- People copied in as new who have to be looked at first.
-- Reads: nothing. Writes: roster.person.
DELETE FROM roster.person WHERE person_id = ANY(CAST(:people AS bigint[]))
