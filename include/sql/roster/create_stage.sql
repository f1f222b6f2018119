-- Rows of a commune's lists on their way into the roster, and what each does: action is new, returned (was on no list),
-- changed, moved (from another commune) or claim (stays elsewhere).
-- Reads: nothing. Writes: temporary table roster_stage, empty at the end of each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS roster_stage (
    row_id integer NOT NULL,
    refresh_id bigint NOT NULL,
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
    group_set_id integer,
    commune_code text NOT NULL,
    person_id bigint NOT NULL,
    action text NOT NULL,
    change text NOT NULL
) ON COMMIT DELETE ROWS
