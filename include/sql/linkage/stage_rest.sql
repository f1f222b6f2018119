-- The cases that are not certain, for the connection that looks for candidates; as find_rest makes them.
-- Reads: nothing. Writes: temporary table linkage_rest, empty.
CREATE TEMPORARY TABLE linkage_rest (
    encounter_id bigint,
    name_key text,
    name_fold text,
    birth_date date,
    birth_precision text,
    sex smallint,
    citizen_id text,
    number text,
    insurance_no text,
    insurance_key text,
    phone text,
    address text,
    commune_code text,
    guardian_citizen_id text,
    small boolean,
    unlinked boolean,
    waits boolean
) ON COMMIT DROP
