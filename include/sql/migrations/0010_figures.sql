-- Figures of reports: what indicators read, what units below report by themselves, and what every document is proved by.
-- Reads: schemas exam, health_book, intake, quality, ref and roster. Writes: schemas reporting and stats. Runs as sangloc_owner.

-- reporting ---------------------------------------------------------------------------------------------------------

-- What the figures of a snapshot came from, frozen with them. `sha256` is that of `content` in canonical writing; the task
-- that took the snapshot notes it in the ledger.
CREATE TABLE reporting.manifest (
    snapshot_id bigint PRIMARY KEY REFERENCES reporting.snapshot ON DELETE CASCADE,
    content jsonb NOT NULL,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$')
);

-- The manifest of every document: what its figures came from, its own hash, and what was decided on it since.
CREATE VIEW reporting.document_manifest AS
SELECT
    d.document_id,
    d.sha256,
    d.submission_id,
    d.version,
    s.snapshot_id,
    m.content || jsonb_build_object(
        'document', jsonb_build_object(
            'kind', d.kind, 'file_name', d.file_name, 'sha256', d.sha256, 'rendered_at', d.rendered_at
        ),
        'manifest_sha256', m.sha256,
        'state', CASE WHEN d.version = u.version THEN u.state ELSE 'replaced' END,
        'approver', CASE WHEN d.version = u.version AND u.state IN ('approved', 'sending', 'delivered') THEN u.approved_by END,
        'approved_at', CASE WHEN d.version = u.version AND u.state IN ('approved', 'sending', 'delivered') THEN u.approved_at END
    ) AS manifest
FROM reporting.document AS d
INNER JOIN reporting.submission AS u ON d.submission_id = u.submission_id
INNER JOIN reporting.snapshot AS s ON d.submission_id = s.submission_id AND d.version = s.version
INNER JOIN reporting.manifest AS m ON s.snapshot_id = m.snapshot_id;

-- stats: exams ------------------------------------------------------------------------------------------------------

CREATE FUNCTION stats.source_bit(source text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE source
    WHEN 'screening' THEN 1
    WHEN 'periodic' THEN 2
    WHEN 'school' THEN 4
    WHEN 'worker' THEN 8
    WHEN 'occupational' THEN 16
    WHEN 'insurance' THEN 32
END;

-- The version in force is looked up only for entries that hold an older one. `icd`: category of the main disease.
CREATE OR REPLACE VIEW stats.examined AS
SELECT
    b.person_id,
    b.province_code,
    e.encounter_id,
    CASE WHEN e.is_current THEN e.encounter_id ELSE (
        SELECT c.encounter_id FROM exam.encounter AS c
        WHERE
            c.province_code = e.province_code
            AND c.facility_code = e.facility_code
            AND c.ma_lk = e.ma_lk
            AND c.source_class = e.source_class
            AND c.is_current
    ) END AS record_id,
    e.source,
    e.form,
    e.exam_date,
    e.payer_code,
    e.result_class,
    left(e.main_icd, 3) AS icd
FROM health_book.entry AS n
INNER JOIN health_book.book AS b ON n.book_id = b.book_id
INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id;

-- One window for everything: the sources of a person's earlier examinations of the year are bits, and those that stand for
-- each other are a mask of bits.
CREATE OR REPLACE VIEW stats.yearly_exam AS
SELECT
    y.province_code,
    y.person_id,
    y.year,
    y.encounter_id,
    y.record_id,
    y.exam_date,
    y.source,
    y.kind,
    y.form,
    y.payer_code,
    y.result_class,
    y.place,
    coalesce(y.earlier & y.same_kind & ~y.own, 0) <> 0 AS paid_twice,
    coalesce(y.earlier & y.same_kind, 0) = y.own AS repeated,
    y.icd
FROM (
    SELECT
        x.*,
        row_number() OVER person_year AS place,
        bit_or(x.own) OVER (person_year ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
    FROM (
        SELECT
            e.*,
            extract(YEAR FROM e.exam_date)::integer AS year,
            coalesce(s.rank, 99) AS rank,
            coalesce(s.kind, e.source) AS kind,
            stats.source_bit(e.source) AS own,
            coalesce(s.same_kind, stats.source_bit(e.source)) AS same_kind
        FROM stats.examined AS e
        LEFT JOIN (
            SELECT
                o.province_code, o.source, o.rank, o.kind,
                bit_or(stats.source_bit(o.source)) OVER (PARTITION BY o.province_code, o.kind) AS same_kind
            FROM ref.exam_source AS o
        ) AS s ON e.province_code = s.province_code AND e.source = s.source
    ) AS x
    WINDOW person_year AS (
        PARTITION BY x.province_code, x.person_id, x.year ORDER BY x.exam_date, x.rank, x.encounter_id
    )
) AS y;

-- How many exams a year has: without it the planner expects a handful.
CREATE STATISTICS exam.encounter_year ON (extract(YEAR FROM exam_date)::integer) FROM exam.encounter;

-- The first arrival is looked up only for records that were corrected. Whoever is late by seconds is late: hours are rounded up.
CREATE OR REPLACE VIEW stats.arrival AS
SELECT
    e.encounter_id,
    e.province_code,
    e.source,
    e.facility_code,
    e.exam_date,
    (date_trunc('month', e.concluded_at AT TIME ZONE 'Asia/Ho_Chi_Minh'))::date AS month,
    e.concluded_at,
    f.first_received_at,
    greatest(ceil((extract(EPOCH FROM f.first_received_at - e.concluded_at) / 3600 - 24) * 100) / 100, 0)::numeric(12, 2) AS hours_late,
    e.signed
FROM exam.encounter AS e
INNER JOIN LATERAL (
    SELECT CASE WHEN e.version = 1 THEN e.received_at ELSE (
        SELECT min(v.received_at) FROM exam.encounter AS v
        WHERE
            v.province_code = e.province_code
            AND v.facility_code = e.facility_code
            AND v.ma_lk = e.ma_lk
            AND v.source_class = e.source_class
    ) END AS first_received_at
) AS f ON TRUE
WHERE e.is_current;

-- stats: people -----------------------------------------------------------------------------------------------------

-- Everyone on the roster, without looking up since when (stats.person says that).
CREATE VIEW stats.population AS
SELECT
    person_id,
    province_code,
    commune_code,
    sex,
    extract(YEAR FROM birth_date)::integer AS birth_year,
    residence,
    group_set_id,
    citizen_id IS NOT NULL AS has_citizen_id,
    insurance_no IS NOT NULL AS has_insurance_no
FROM roster.person;

-- Which groups a combination of groups stands for.
CREATE VIEW stats.group_member AS
SELECT group_set_id, code_set, group_code, reason, priority
FROM roster.group_set_member;

CREATE VIEW stats.refresh AS
SELECT
    refresh_id, province_code, commune_code, list_kind, inserted, updated, moved_in, moved_out, closed, unchanged, rejected,
    refreshed_at
FROM roster.refresh;

CREATE VIEW stats.residence_conflict AS
SELECT province_code, person_id, commune_code, other_commune_code, since FROM roster.residence_conflict;

CREATE VIEW stats.unlisted AS
SELECT encounter_id, province_code, commune_code, reason, since, same_as FROM roster.unlisted;

-- stats: files and checks -------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW stats.reject AS
SELECT
    r.file_id, f.province_code, f.kind, f.commune_code, f.source, r.column_name, r.reason_code,
    r.corrected_in IS NOT NULL AS corrected
FROM intake.reject AS r
INNER JOIN intake.file AS f ON r.file_id = f.file_id;

-- Lists that wait or waited for an officer, a row for each reason.
CREATE VIEW stats.hold AS
SELECT h.file_id, f.province_code, f.commune_code, h.held_at, h.decision, h.decided_at, reason.code AS reason_code
FROM intake.hold AS h
INNER JOIN intake.file AS f ON h.file_id = f.file_id
CROSS JOIN LATERAL jsonb_array_elements(h.reasons) AS item
CROSS JOIN LATERAL (SELECT item ->> 'code' AS code) AS reason;

-- Who moved away from a commune, whose plan may still have them.
CREATE VIEW stats.moved_away AS
SELECT person_id, province_code, commune_code FROM roster.person_past WHERE end_reason = 'moved';

CREATE VIEW stats.quarantine AS
SELECT quarantine_id, province_code, table_name, rule_id, since, released_at FROM quality.quarantine;

-- Rights ------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT ON reporting.manifest TO sangloc_report;
GRANT SELECT ON reporting.manifest TO sangloc_loader;
GRANT SELECT ON reporting.document_manifest TO sangloc_loader, sangloc_report;
GRANT SELECT ON
stats.population, stats.group_member, stats.refresh, stats.residence_conflict, stats.unlisted, stats.hold, stats.quarantine,
stats.moved_away
TO sangloc_loader, sangloc_report;
