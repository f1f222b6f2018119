-- So many consecutive ids for new people; the caller holds the lock `roster:person_id`.
-- Reads: nothing. Writes: the sequence of roster.person.
SELECT setval(
    pg_get_serial_sequence('roster.person', 'person_id'),
    nextval(pg_get_serial_sequence('roster.person', 'person_id')) + :people - 1
) AS last
