-- Figures from below arrive as forms: every version of every unit is kept, and a snapshot says which ones it counted.
-- Reads: schema intake. Writes: schemas intake and reporting. Runs as sangloc_owner.

ALTER TABLE intake.file DROP CONSTRAINT file_kind_check;
ALTER TABLE intake.file ADD CONSTRAINT file_kind_check CHECK (kind IN ('roster', 'exam', 'form'));

-- A form with at least one figure in it, as a unit sent it. Of several versions the newest counts, whole: what it leaves
-- empty is not known. `form_version` says which layout it had. The first one sets `input_due.received_at`.
CREATE TABLE reporting.unit_form (
    form_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission_id bigint NOT NULL,
    input text NOT NULL,
    unit text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    file_id bigint NOT NULL UNIQUE REFERENCES intake.file,
    form_version text NOT NULL,
    received_at timestamptz NOT NULL,
    UNIQUE (submission_id, input, unit, version),
    FOREIGN KEY (submission_id, input, unit) REFERENCES reporting.input_due
);

-- Figures and texts of a form. `figure` is an id of `manual_figures` of the province's profile. Exactly one of the two
-- values is filled; what is not known has no row.
CREATE TABLE reporting.unit_figure (
    form_id bigint NOT NULL REFERENCES reporting.unit_form ON DELETE CASCADE,
    figure text NOT NULL,
    value numeric,
    value_text text,
    PRIMARY KEY (form_id, figure),
    CHECK ((value IS NULL) <> (value_text IS NULL))
);

-- Who owed figures when a snapshot was taken, and the form that was counted; no form where nothing had come.
CREATE TABLE reporting.snapshot_input (
    snapshot_id bigint NOT NULL REFERENCES reporting.snapshot ON DELETE CASCADE,
    input text NOT NULL,
    unit_kind text NOT NULL,
    unit text NOT NULL,
    unit_name text NOT NULL,
    due_at timestamptz NOT NULL,
    received_at timestamptz,
    form_id bigint REFERENCES reporting.unit_form,
    PRIMARY KEY (snapshot_id, input, unit)
);
CREATE INDEX ON reporting.snapshot_input (form_id);

-- Every figure that was ever received, with the file it came in. `counts`: it is of the newest version.
CREATE VIEW reporting.received_figure AS
SELECT
    s.province_code,
    s.obligation,
    s.period_key,
    d.input,
    d.unit_kind,
    d.unit,
    d.unit_name,
    v.figure,
    v.value,
    v.value_text,
    f.version,
    f.version = max(f.version) OVER (PARTITION BY f.submission_id, f.input, f.unit) AS counts,
    f.received_at,
    f.received_at <= d.due_at AS in_time,
    f.file_id,
    n.sha256
FROM reporting.unit_form AS f
INNER JOIN reporting.input_due AS d
    ON f.submission_id = d.submission_id AND f.input = d.input AND f.unit = d.unit
INNER JOIN reporting.submission AS s ON f.submission_id = s.submission_id
INNER JOIN reporting.unit_figure AS v ON f.form_id = v.form_id
INNER JOIN intake.file AS n ON f.file_id = n.file_id;

-- Rights -----------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT ON reporting.unit_form, reporting.unit_figure TO sangloc_loader;
GRANT SELECT ON reporting.unit_form, reporting.unit_figure TO sangloc_report;
GRANT SELECT, INSERT ON reporting.snapshot_input TO sangloc_report;
GRANT SELECT ON reporting.snapshot_input TO sangloc_loader;
GRANT SELECT ON reporting.received_figure TO sangloc_loader, sangloc_report;
