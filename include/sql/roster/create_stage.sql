-- Rows of a commune's lists that have to be looked at, on their way into the roster.
-- Reads: nothing. Writes: temporary table roster_stage, empty at the end of each transaction.
-- leaves: what a list of changes says of someone who is gone (left, died). action: new, returned (was on no list),
-- changed, moved (from another commune), unchanged, claim (stays elsewhere), leaves, unlists (leaves, but lives elsewhere),
-- unknown (leaves, but is nobody), repeated (stands on the list already).
CREATE TEMPORARY TABLE IF NOT EXISTS roster_stage (
    row_id integer PRIMARY KEY,
    refresh_id bigint NOT NULL,
    citizen_id text,
    insurance_no text,
    insurance_key text,
    full_name text NOT NULL,
    name_key text NOT NULL,
    name_fold text NOT NULL,
    birth_date date,
    birth_precision text,
    sex smallint,
    ethnic_code text,
    phone text,
    village text,
    household_no text,
    relation text,
    guardian_citizen_id text,
    residence text NOT NULL,
    group_set_id integer,
    leaves text,
    commune_code text NOT NULL,
    person_id bigint,
    action text,
    change text
) ON COMMIT DELETE ROWS
