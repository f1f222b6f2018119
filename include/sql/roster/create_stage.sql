-- The rows of one list, on their way into the roster.
-- Reads: nothing. Writes: temporary table roster_stage, gone at the end of the transaction.
-- action: unchanged, changed, new, moved (from another commune), returned (was on no list), claim (stays elsewhere).
CREATE TEMPORARY TABLE roster_stage (
    row_id integer PRIMARY KEY,
    commune_code text NOT NULL,
    file_id bigint NOT NULL,
    citizen_id text,
    insurance_no text,
    insurance_key text,
    full_name text NOT NULL,
    name_key text NOT NULL,
    name_fold text NOT NULL,
    birth_date date NOT NULL,
    birth_precision text NOT NULL,
    sex smallint NOT NULL,
    ethnic_code text,
    phone text,
    village text,
    household_no text,
    relation text,
    guardian_citizen_id text,
    residence text NOT NULL,
    groups text NOT NULL,
    row_hash text NOT NULL,
    person_id bigint,
    action text
) ON COMMIT DROP
