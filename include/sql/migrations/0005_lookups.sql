-- Indexes as the refresh looks people up. Writes: schema roster. Runs as sangloc_owner.

-- The newest of a person's ended states, without reading those of everyone else.
DROP INDEX roster.person_past_person;
CREATE INDEX person_past_person ON roster.person_past (person_id, past_id);
