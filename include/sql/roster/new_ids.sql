-- Ids for people who come onto the roster.
-- Reads: nothing. Writes: the sequence of roster.person.
SELECT nextval('roster.person_person_id_seq') AS person_id
FROM generate_series(1, :people)
