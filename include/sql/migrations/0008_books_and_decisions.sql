-- Officers' decisions for ever, entries with their history, people who are one, yearly books and yearly coverage.
-- Reads: schemas exam, health_book, ref and roster. Writes: schemas health_book, ref and stats. Runs as sangloc_owner.

-- ref ---------------------------------------------------------------------------------------------------------------

-- The six sources as the province's profile ranks them. `kind`: examinations of one kind stand for each other, so that a
-- second one in the year, of another source, would have been paid for twice.
CREATE TABLE ref.exam_source (
    province_code text NOT NULL REFERENCES ref.province,
    source text NOT NULL,
    rank smallint NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (province_code, source)
);

-- health_book: people who are one -------------------------------------------------------------------------------------

-- Two ids of the roster that a person found to be one human being; the rows of the roster stay as their lists say.
CREATE TABLE health_book.person_merge (
    merge_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    province_code text NOT NULL REFERENCES ref.province,
    kept_person_id bigint NOT NULL,
    dropped_person_id bigint NOT NULL,
    merged_by text NOT NULL,
    merged_at timestamptz NOT NULL,
    ended_by text,
    ended_at timestamptz,
    CHECK (kept_person_id <> dropped_person_id),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX person_merge_one_open ON health_book.person_merge (dropped_person_id) WHERE ended_at IS NULL;
CREATE INDEX ON health_book.person_merge (kept_person_id);

-- Who is somebody else: person_id's exams belong into kept_person_id's book. Nobody kept is dropped himself.
CREATE VIEW health_book.same_person AS
SELECT province_code, dropped_person_id AS person_id, kept_person_id
FROM health_book.person_merge
WHERE ended_at IS NULL;

-- health_book: decisions ----------------------------------------------------------------------------------------------

-- The candidates of a case as they are shown, the likeliest first, with the probability that their weights mean (log2 of
-- the odds). Empty where no model weighed them.
CREATE VIEW health_book.review_candidate AS
SELECT
    r.review_id,
    c.person_id,
    c.place,
    CASE WHEN r.candidate_weights[c.place] IS NOT NULL
        -- A double holds no more than these.
        THEN 1 / (1 + power(2::double precision, -greatest(least(r.candidate_weights[c.place], 50), -50)))
    END AS probability,
    r.model_version
FROM health_book.review AS r
CROSS JOIN LATERAL unnest(r.candidate_person_ids) WITH ORDINALITY AS c (person_id, place);

-- The weights that belong to a list of candidates after some were taken out or put in.
CREATE FUNCTION health_book.weights_of(wanted bigint [], candidates bigint [], weights real []) RETURNS real []
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(array_agg(weights[array_position(candidates, w.person_id)] ORDER BY w.place), '{}')
    FROM unnest(wanted) WITH ORDINALITY AS w (person_id, place)
$$;

-- What people decided, never changed and never removed. The exam is named by what its versions share (facility, ma_lk and
-- class of source), and by the version that was shown.
CREATE TABLE health_book.decision (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    province_code text NOT NULL REFERENCES ref.province,
    facility_code text NOT NULL,
    ma_lk text NOT NULL,
    source_class text NOT NULL,
    review_id bigint,
    encounter_id bigint NOT NULL,
    encounter_version integer NOT NULL,
    answer text NOT NULL CHECK (answer IN ('link', 'not_the_same', 'new_person', 'reopen', 'unlink', 'split')),
    -- Why the exam waited; of an entry that was taken out, how it had been linked.
    reason_code text NOT NULL,
    model_version text,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL
);
CREATE INDEX ON health_book.decision (province_code, facility_code, ma_lk, source_class);

-- Everybody who was shown with a decision, and what it said about each: nothing where verdict is empty.
CREATE TABLE health_book.decision_candidate (
    decision_id bigint NOT NULL REFERENCES health_book.decision,
    person_id bigint NOT NULL,
    -- Which state of the person: the refresh it began with, empty when the person had left the roster.
    refresh_id bigint,
    place smallint,
    probability double precision,
    verdict text CHECK (verdict IN ('same', 'not_the_same', 'undecided')),
    PRIMARY KEY (decision_id, person_id)
);
CREATE INDEX ON health_book.decision_candidate (person_id);

-- Pairs that must not be linked: the newest verdict about exam (whatever its version) and person is "not the same".
CREATE VIEW health_book.never AS
WITH pair AS (
    SELECT DISTINCT ON (d.province_code, d.facility_code, d.ma_lk, d.source_class, c.person_id)
        d.province_code,
        d.facility_code,
        d.ma_lk,
        d.source_class,
        c.person_id,
        c.verdict,
        d.decision_id
    FROM health_book.decision AS d
    INNER JOIN health_book.decision_candidate AS c ON d.decision_id = c.decision_id AND c.verdict IS NOT NULL
    ORDER BY d.province_code, d.facility_code, d.ma_lk, d.source_class, c.person_id, d.decision_id DESC
)

SELECT province_code, facility_code, ma_lk, source_class, person_id, decision_id
FROM pair
WHERE verdict = 'not_the_same'
UNION
SELECT n.province_code, n.facility_code, n.ma_lk, n.source_class, s.kept_person_id, n.decision_id
FROM pair AS n
INNER JOIN health_book.same_person AS s ON n.person_id = s.person_id
WHERE
    n.verdict = 'not_the_same'
    -- What was said about the kept person himself goes before.
    AND NOT EXISTS (
        SELECT FROM pair AS k
        WHERE (k.province_code, k.facility_code, k.ma_lk, k.source_class, k.person_id)
            = (n.province_code, n.facility_code, n.ma_lk, n.source_class, s.kept_person_id)
    );

-- health_book: history of entries -------------------------------------------------------------------------------------

-- States of entries that ended. The state in force is the row of health_book.entry; health_book.entry_history shows both.
CREATE TABLE health_book.entry_past (
    past_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id bigint NOT NULL,
    book_id bigint NOT NULL,
    encounter_id bigint NOT NULL,
    method text NOT NULL,
    match_probability double precision NOT NULL,
    model_version text NOT NULL,
    run_id text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    -- new_version: moved to the exam's newer version; superseded: the newer version does not support it;
    -- no_longer_agrees: exam or roster say something else now; merged and split: moved with its person.
    end_reason text NOT NULL CHECK (
        end_reason IN ('new_version', 'superseded', 'no_longer_agrees', 'unlinked', 'merged', 'split')
    ),
    ended_by text NOT NULL
);
CREATE INDEX entry_past_entry ON health_book.entry_past (entry_id);
CREATE INDEX entry_past_book ON health_book.entry_past (book_id);

CREATE VIEW health_book.entry_history AS
SELECT
    n.entry_id,
    n.book_id,
    n.encounter_id,
    n.method,
    n.match_probability,
    n.model_version,
    n.run_id,
    coalesce((SELECT max(p.valid_to) FROM health_book.entry_past AS p WHERE p.entry_id = n.entry_id), n.linked_at)
        AS valid_from,
    NULL::timestamptz AS valid_to,
    NULL::text AS end_reason,
    NULL::text AS ended_by
FROM health_book.entry AS n
UNION ALL
SELECT
    entry_id, book_id, encounter_id, method, match_probability, model_version, run_id, valid_from, valid_to, end_reason,
    ended_by
FROM health_book.entry_past;

-- Keeps what an entry was, whoever moves or removes it. A person's doing is named by sangloc.by, sangloc.reason and
-- sangloc.now of the transaction; without them it is the linkage's.
CREATE FUNCTION health_book.keep_entry_past() RETURNS trigger
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $$
DECLARE
    why text := nullif(current_setting('sangloc.reason', TRUE), '');
    who text := coalesce(nullif(current_setting('sangloc.by', TRUE), ''), 'linkage');
    at_ timestamptz := coalesce(nullif(current_setting('sangloc.now', TRUE), '')::timestamptz, statement_timestamp());
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- What settle_entries refuses was in no book.
        IF pg_trigger_depth() > 1 THEN
            RETURN NULL;
        END IF;
        INSERT INTO health_book.entry_past (
            entry_id, book_id, encounter_id, method, match_probability, model_version, run_id, valid_from, valid_to,
            end_reason, ended_by
        )
        SELECT
            o.entry_id, o.book_id, o.encounter_id, o.method, o.match_probability, o.model_version, o.run_id,
            coalesce((SELECT max(p.valid_to) FROM health_book.entry_past AS p WHERE p.entry_id = o.entry_id), o.linked_at),
            at_, coalesce(why, CASE WHEN e.is_current THEN 'no_longer_agrees' ELSE 'superseded' END), who
        FROM old_entry AS o
        INNER JOIN exam.encounter AS e ON o.encounter_id = e.encounter_id;
    ELSE
        INSERT INTO health_book.entry_past (
            entry_id, book_id, encounter_id, method, match_probability, model_version, run_id, valid_from, valid_to,
            end_reason, ended_by
        )
        SELECT
            o.entry_id, o.book_id, o.encounter_id, o.method, o.match_probability, o.model_version, o.run_id,
            coalesce((SELECT max(p.valid_to) FROM health_book.entry_past AS p WHERE p.entry_id = o.entry_id), o.linked_at),
            at_, coalesce(why, CASE WHEN o.book_id = n.book_id THEN 'new_version' ELSE 'merged' END), who
        FROM old_entry AS o
        INNER JOIN new_entry AS n ON o.entry_id = n.entry_id
        WHERE (o.book_id, o.encounter_id) <> (n.book_id, n.encounter_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entry_past_of_moved AFTER UPDATE ON health_book.entry
REFERENCING OLD TABLE AS old_entry NEW TABLE AS new_entry
FOR EACH STATEMENT EXECUTE FUNCTION health_book.keep_entry_past();
CREATE TRIGGER entry_past_of_removed AFTER DELETE ON health_book.entry
REFERENCING OLD TABLE AS old_entry
FOR EACH STATEMENT EXECUTE FUNCTION health_book.keep_entry_past();

-- After entries were made, by whomever: those of a dropped person go into the kept person's book, and those that a decision
-- forbids are taken out. It starts from the decisions, which are few, and costs nothing while there are none.
CREATE FUNCTION health_book.settle_entries() RETURNS trigger
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM health_book.same_person) THEN
        INSERT INTO health_book.book (person_id, province_code, created_at)
        SELECT DISTINCT ON (s.kept_person_id) s.kept_person_id, s.province_code, n.linked_at
        FROM health_book.same_person AS s
        INNER JOIN health_book.book AS b ON s.person_id = b.person_id
        INNER JOIN health_book.entry AS n ON b.book_id = n.book_id
        ORDER BY s.kept_person_id, n.linked_at
        ON CONFLICT (person_id) DO NOTHING;
        UPDATE health_book.entry AS n
        SET book_id = k.book_id
        FROM health_book.same_person AS s
        INNER JOIN health_book.book AS b ON s.person_id = b.person_id
        INNER JOIN health_book.book AS k ON s.kept_person_id = k.person_id
        WHERE n.book_id = b.book_id;
    END IF;
    IF EXISTS (SELECT FROM health_book.decision) THEN
        DELETE FROM health_book.entry AS n
        USING health_book.never AS v
        INNER JOIN health_book.book AS b ON v.person_id = b.person_id
        INNER JOIN exam.encounter AS e
            ON
                v.province_code = e.province_code
                AND v.facility_code = e.facility_code
                AND v.ma_lk = e.ma_lk
                AND v.source_class = e.source_class
        WHERE n.encounter_id = e.encounter_id AND n.book_id = b.book_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entry_settled AFTER INSERT ON health_book.entry
FOR EACH STATEMENT EXECUTE FUNCTION health_book.settle_entries();

-- health_book: books for everyone -------------------------------------------------------------------------------------

ALTER TABLE health_book.book ADD COLUMN opened_by text NOT NULL DEFAULT 'entry' CHECK (opened_by IN ('entry', 'yearly'));

-- What the yearly run ("lập sổ cho toàn dân") opened in each commune.
CREATE TABLE health_book.creation (
    province_code text NOT NULL REFERENCES ref.province,
    commune_code text NOT NULL,
    year smallint NOT NULL,
    people integer NOT NULL,
    opened integer NOT NULL,
    first_run_at timestamptz NOT NULL,
    last_opened_at timestamptz,
    run_id text NOT NULL,
    PRIMARY KEY (province_code, commune_code, year)
);

-- stats -------------------------------------------------------------------------------------------------------------

-- Every examination in a book by calendar year. `place` 1 is the one that satisfies the year: the first by day and, of
-- one day, by the profile's order of sources. A further one of a kind that another source has paid for already would have
-- been paid for twice; one of the same source again is `repeated`.
CREATE VIEW stats.yearly_exam AS
SELECT
    x.province_code,
    x.person_id,
    x.year,
    x.encounter_id,
    x.record_id,
    x.exam_date,
    x.source,
    x.kind,
    x.form,
    x.payer_code,
    x.result_class,
    row_number() OVER (
        PARTITION BY x.province_code, x.year, x.person_id ORDER BY x.exam_date, x.rank, x.encounter_id
    ) AS place,
    coalesce(min(x.source) OVER earlier <> x.source OR max(x.source) OVER earlier <> x.source, FALSE) AS paid_twice,
    coalesce(min(x.source) OVER earlier = x.source AND max(x.source) OVER earlier = x.source, FALSE) AS repeated
FROM (
    SELECT
        e.*,
        extract(YEAR FROM e.exam_date)::integer AS year,
        coalesce(s.rank, 99) AS rank,
        coalesce(s.kind, e.source) AS kind
    FROM stats.examined AS e
    LEFT JOIN ref.exam_source AS s ON e.province_code = s.province_code AND e.source = s.source
) AS x
WINDOW earlier AS (
    PARTITION BY x.province_code, x.year, x.person_id, x.kind
    ORDER BY x.exam_date, x.rank, x.encounter_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
);

-- Who is covered in a year: one row for each person, with the source that satisfied it and what came besides.
CREATE VIEW stats.coverage AS
SELECT
    y.province_code,
    y.year,
    y.person_id,
    p.commune_code,
    y.encounter_id,
    y.record_id,
    y.exam_date,
    y.source,
    y.form,
    y.payer_code,
    y.result_class,
    y.records,
    y.paid_twice,
    y.repeated
FROM (
    SELECT
        e.province_code,
        e.year,
        e.person_id,
        e.encounter_id,
        e.record_id,
        e.exam_date,
        e.source,
        e.form,
        e.payer_code,
        e.result_class,
        e.place,
        count(*) OVER person_year AS records,
        count(*) FILTER (WHERE e.paid_twice) OVER person_year AS paid_twice,
        count(*) FILTER (WHERE e.repeated) OVER person_year AS repeated
    FROM stats.yearly_exam AS e
    WINDOW person_year AS (PARTITION BY e.province_code, e.year, e.person_id)
) AS y
LEFT JOIN roster.person AS p ON y.person_id = p.person_id
WHERE y.place = 1;

-- The same by commune and source: people counted once, records received from the source, and of those the ones that would
-- have been paid for twice. Without a commune: people who left the roster.
CREATE VIEW stats.coverage_commune AS
SELECT
    e.province_code,
    e.year,
    p.commune_code,
    e.source,
    count(*) FILTER (WHERE e.place = 1) AS people,
    count(*) AS records,
    count(*) FILTER (WHERE e.paid_twice) AS paid_twice,
    count(*) FILTER (WHERE e.repeated) AS repeated
FROM stats.yearly_exam AS e
LEFT JOIN roster.person AS p ON e.person_id = p.person_id
GROUP BY e.province_code, e.year, p.commune_code, e.source;

-- How often the model's order was right where a person decided, by model and by the probability of its best candidate.
-- wrong_links: entries made without a person that a person took out. Each case counts by its newest decision.
CREATE VIEW stats.decision_agreement AS
WITH newest AS (
    SELECT DISTINCT ON (d.province_code, d.facility_code, d.ma_lk, d.source_class)
        d.decision_id,
        d.province_code,
        d.answer,
        d.reason_code,
        coalesce(d.model_version, 'none') AS model_version
    FROM health_book.decision AS d
    ORDER BY d.province_code, d.facility_code, d.ma_lk, d.source_class, d.decision_id DESC
),

judged AS (
    SELECT
        n.province_code,
        n.model_version,
        n.answer,
        n.reason_code,
        count(c.person_id) AS candidates,
        min(c.place) FILTER (WHERE c.verdict = 'same') AS place,
        max(c.probability) AS best
    FROM newest AS n
    LEFT JOIN health_book.decision_candidate AS c ON n.decision_id = c.decision_id AND c.place IS NOT NULL
    GROUP BY n.province_code, n.model_version, n.answer, n.reason_code, n.decision_id
)

SELECT
    province_code,
    model_version,
    CASE
        WHEN best IS NULL THEN 'unknown'
        WHEN best >= 0.99 THEN '0.99'
        WHEN best >= 0.9 THEN '0.90'
        WHEN best >= 0.5 THEN '0.50'
        ELSE '0.00'
    END AS best_from,
    count(*) FILTER (WHERE answer IN ('link', 'not_the_same', 'new_person')) AS decided,
    count(*) FILTER (WHERE answer = 'link' AND place = 1) AS linked_to_first,
    count(*) FILTER (WHERE answer = 'link' AND place IS DISTINCT FROM 1) AS linked_to_another,
    count(*) FILTER (WHERE answer IN ('not_the_same', 'new_person') AND candidates > 0) AS none_of_them,
    count(*) FILTER (WHERE answer IN ('not_the_same', 'new_person') AND candidates = 0) AS nobody_shown,
    count(*) FILTER (WHERE answer IN ('unlink', 'split') AND reason_code <> 'officer') AS wrong_links
FROM judged
GROUP BY province_code, model_version, best_from;

-- Whether somebody on the roster came into question; who did stays out.
CREATE OR REPLACE VIEW stats.review AS
SELECT
    review_id, province_code, encounter_id, reason_code, state, created_at, cardinality(candidate_person_ids) AS candidates
FROM health_book.review;

CREATE VIEW stats.book_creation AS
SELECT province_code, commune_code, year, people, opened, first_run_at, last_opened_at FROM health_book.creation;

-- Which id of the roster a linked exam agreed with, where another person's id stands for it.
ALTER TABLE health_book.entry ADD COLUMN listed_person_id bigint;

-- Rights ------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE ON ref.exam_source TO sangloc_loader;
GRANT SELECT ON ref.exam_source TO sangloc_report;
-- For ever: nobody but the owner can change or remove them.
GRANT SELECT, INSERT ON health_book.decision, health_book.decision_candidate, health_book.entry_past TO sangloc_loader;
GRANT SELECT, INSERT, UPDATE ON health_book.person_merge, health_book.creation TO sangloc_loader;
GRANT SELECT ON health_book.same_person, health_book.review_candidate, health_book.never, health_book.entry_history
TO sangloc_loader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA health_book TO sangloc_loader;
GRANT SELECT ON stats.yearly_exam, stats.coverage, stats.coverage_commune, stats.decision_agreement, stats.book_creation
TO sangloc_loader, sangloc_report;
