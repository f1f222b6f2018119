-- Every period owed stands before any run: its states with their history, figures owed from below, mails that the watch
-- takes back, files of mails, and the board of all of it.
-- Reads: schemas ref and reporting. Writes: schema reporting. Runs as sangloc_owner.

-- States and their history -----------------------------------------------------------------------------------------------

ALTER TABLE reporting.submission DROP CONSTRAINT submission_state_check;
ALTER TABLE reporting.submission ADD CONSTRAINT submission_state_check CHECK (state IN (
    'expected', 'collecting', 'compiled', 'in_review', 'approved', 'sent_back', 'sending', 'delivered', 'acknowledged'
));
-- Since when the submission is in its state, who brought it there, and that person's words: an officer's note, why a
-- delivered report is corrected, the number under which a recipient took it in. Empty where no person decided.
ALTER TABLE reporting.submission ADD COLUMN state_since timestamptz;
ALTER TABLE reporting.submission ADD COLUMN state_by text;
ALTER TABLE reporting.submission ADD COLUMN state_note text;
UPDATE reporting.submission SET state_since = coalesce(delivered_at, approved_at, opened_at);
ALTER TABLE reporting.submission ALTER COLUMN state_since SET NOT NULL;

-- Append-only. A version that went out has a row in state delivered; the row before the next version says why it is there.
CREATE TABLE reporting.submission_step (
    submission_id bigint NOT NULL REFERENCES reporting.submission ON DELETE CASCADE,
    step bigint GENERATED ALWAYS AS IDENTITY,
    version integer NOT NULL,
    state text NOT NULL,
    since timestamptz NOT NULL,
    actor text,
    note text,
    PRIMARY KEY (submission_id, step)
);
INSERT INTO reporting.submission_step (submission_id, version, state, since, actor, note)
SELECT submission_id, version, state, state_since, approved_by, approval_note FROM reporting.submission;

CREATE FUNCTION reporting.keep_step() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reporting.submission_step (submission_id, version, state, since, actor, note)
    VALUES (NEW.submission_id, NEW.version, NEW.state, NEW.state_since, NEW.state_by, NEW.state_note);
    RETURN NULL;
END
$$;
CREATE TRIGGER step_of_new AFTER INSERT ON reporting.submission
FOR EACH ROW EXECUTE FUNCTION reporting.keep_step();
CREATE TRIGGER step_of_moved AFTER UPDATE ON reporting.submission
FOR EACH ROW WHEN ((OLD.state, OLD.version) IS DISTINCT FROM (NEW.state, NEW.version))
EXECUTE FUNCTION reporting.keep_step();

-- Figures owed from below ------------------------------------------------------------------------------------------------

-- One row for each commune, facility or department that owes an input of a report. `received_at`: when its first form
-- with anything in it came; an empty form is none. A late one is taken, and is late by `due_at`.
CREATE TABLE reporting.input_due (
    submission_id bigint NOT NULL REFERENCES reporting.submission ON DELETE CASCADE,
    input text NOT NULL,
    unit_kind text NOT NULL CHECK (unit_kind IN ('commune', 'facility', 'department')),
    unit text NOT NULL,
    unit_name text NOT NULL,
    due_at timestamptz NOT NULL,
    received_at timestamptz,
    PRIMARY KEY (submission_id, input, unit)
);

-- Mails ------------------------------------------------------------------------------------------------------------------

-- A notice that waits and is no longer true is withdrawn: it never goes out.
ALTER TABLE reporting.outbox DROP CONSTRAINT outbox_state_check;
ALTER TABLE reporting.outbox ADD CONSTRAINT outbox_state_check
CHECK (state IN ('pending', 'sending', 'sent', 'uncertain', 'withdrawn'));

-- What a notice carries; a report's mail carries reporting.document.
CREATE TABLE reporting.notice_file (
    outbox_id bigint NOT NULL REFERENCES reporting.outbox ON DELETE CASCADE,
    file_name text NOT NULL,
    kind text NOT NULL,
    sha256 text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (outbox_id, file_name)
);

-- The board --------------------------------------------------------------------------------------------------------------

-- When a province's deadlines were last looked at. What is open or overdue on the board is so at this moment.
CREATE TABLE reporting.watched (
    province_code text PRIMARY KEY REFERENCES ref.province,
    watched_at timestamptz NOT NULL
);

-- Every obligation and period with its standing: before_joining, in_time, late, open or overdue. A report is late by its
-- first delivery; `corrections` are the versions that went out after it.
CREATE VIEW reporting.board AS
SELECT
    p.slug,
    s.province_code,
    s.submission_id,
    s.obligation,
    o.name_vi,
    o.cadence,
    o.active,
    s.period_key,
    s.period_from,
    s.period_to,
    s.due_at,
    s.aim_on,
    s.state,
    s.state_since,
    s.version,
    s.before_joining,
    s.opened_at,
    s.delivered_at,
    CASE WHEN s.state = 'acknowledged' THEN s.state_since END AS acknowledged_at,
    CASE
        WHEN s.before_joining THEN 'before_joining'
        WHEN s.delivered_at IS NOT NULL THEN CASE WHEN s.late THEN 'late' ELSE 'in_time' END
        WHEN w.watched_at > s.due_at THEN 'overdue'
        ELSE 'open'
    END AS standing,
    CASE
        WHEN NOT s.before_joining AND coalesce(s.delivered_at, w.watched_at) > s.due_at
            THEN coalesce(s.delivered_at, w.watched_at) - s.due_at
    END AS late_by,
    CASE
        WHEN NOT s.before_joining AND coalesce(s.delivered_at, w.watched_at) > s.due_at
            THEN
                (coalesce(s.delivered_at, w.watched_at) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
                - (s.due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
    END AS days_late,
    greatest(t.times_delivered - 1, 0) AS corrections,
    w.watched_at AS as_of
FROM reporting.submission AS s
INNER JOIN reporting.obligation AS o ON s.province_code = o.province_code AND s.obligation = o.obligation
INNER JOIN ref.province AS p ON s.province_code = p.code
LEFT JOIN reporting.watched AS w ON s.province_code = w.province_code
CROSS JOIN LATERAL (
    SELECT count(*) AS times_delivered
    FROM reporting.submission_step AS n
    WHERE n.submission_id = s.submission_id AND n.state = 'delivered'
) AS t;

-- Received of expected, and in time of expected, for each input of each period.
CREATE VIEW reporting.board_input AS
SELECT
    submission_id,
    input,
    unit_kind,
    due_at,
    count(*) AS expected,
    count(received_at) AS received,
    count(*) FILTER (WHERE received_at <= due_at) AS in_time
FROM reporting.input_due
GROUP BY submission_id, input, unit_kind, due_at;

-- Rights -----------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT ON reporting.submission_step TO sangloc_report;
GRANT SELECT, INSERT, UPDATE, DELETE ON reporting.input_due, reporting.notice_file, reporting.watched TO sangloc_report;
GRANT SELECT ON reporting.board, reporting.board_input TO sangloc_report;
-- Forms from below are taken in by the loader.
GRANT SELECT, UPDATE (received_at) ON reporting.input_due TO sangloc_loader;
GRANT SELECT ON reporting.submission_step, reporting.notice_file, reporting.watched, reporting.board, reporting.board_input
TO sangloc_loader;
