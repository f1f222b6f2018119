-- What the model said about the cases: the candidates worth showing, the likeliest first (place 1).
-- Reads: nothing. Writes: temporary table linkage_score, empty.
CREATE TEMPORARY TABLE linkage_score (
    encounter_id bigint NOT NULL,
    person_id bigint NOT NULL,
    listed_person_id bigint,
    place smallint NOT NULL,
    weight real NOT NULL,
    probability double precision NOT NULL,
    accepted boolean NOT NULL,
    reason_code text NOT NULL
) ON COMMIT DROP
