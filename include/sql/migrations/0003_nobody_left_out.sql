-- Target groups by rules, and the tables that show who is missing: people on no list, gaps by commune, people on two lists.
-- Reads: schemas exam, health_book, intake, ref and roster. Writes: schemas ref, roster and stats. Runs as sangloc_owner.

-- The tables of 0001 still had these names when 0002 made theirs.
ALTER TABLE roster.person RENAME CONSTRAINT person_birth_precision_check1 TO person_birth_precision_check;
ALTER TABLE roster.person RENAME CONSTRAINT person_sex_check1 TO person_sex_check;
ALTER TABLE roster.person RENAME CONSTRAINT person_residence_check1 TO person_residence_check;

-- ref ---------------------------------------------------------------------------------------------------------------

ALTER TABLE ref.commune ADD COLUMN population_certainty text
CHECK (population_certainty IN ('stated', 'repaired', 'reassigned'));
-- Khu vực of NĐ 272/2025/NĐ-CP; empty where the province's list is not entered, as in the columns after it.
ALTER TABLE ref.commune ADD COLUMN area text CHECK (area IN ('I', 'II', 'III'));
ALTER TABLE ref.commune ADD COLUMN ethnic_area boolean;
ALTER TABLE ref.commune ADD COLUMN island boolean;
ALTER TABLE ref.commune ADD COLUMN border boolean;

-- roster: target groups -----------------------------------------------------------------------------------------------

-- What the rules of include/roster/groups.yaml and of the province's profile say, for whoever asks why a person is in a
-- group. roster.group_set_member holds who is.
CREATE TABLE roster.target_group (
    province_code text NOT NULL REFERENCES ref.province,
    code_set text NOT NULL,
    group_code text NOT NULL,
    name_vi text NOT NULL,
    condition_vi text NOT NULL,
    source text NOT NULL,
    certainty text NOT NULL CHECK (certainty IN ('verified', 'second_hand', 'assumed')),
    -- Place among the province's priority groups, 1 the first; 0 for none.
    priority smallint NOT NULL,
    -- The days on which exam records use the code set.
    valid_from date,
    valid_to date,
    PRIMARY KEY (province_code, code_set, group_code)
);

-- The day up to which birthdays have moved people into and out of groups, and the rules that were applied.
CREATE TABLE roster.group_day (
    province_code text PRIMARY KEY REFERENCES ref.province,
    reached_on date NOT NULL,
    rules_hash text NOT NULL
);

CREATE OR REPLACE VIEW stats.person_group AS
SELECT g.person_id, p.province_code, p.commune_code, g.code_set, g.group_code, g.reason, g.priority
FROM roster.person_group AS g
INNER JOIN roster.person AS p ON g.person_id = p.person_id;

-- roster: who is missing ----------------------------------------------------------------------------------------------

-- Exams in force of people whom nobody on the roster resembles, with the commune that should know them: the one the exam
-- names, else the facility's. 'elsewhere': the exam names a commune of another province; 'unknown': nothing names one.
-- same_as is the first exam of the same person (name, birth date and number agree); each has one row per exam.
CREATE VIEW roster.unlisted AS
WITH seen AS (
    SELECT
        e.encounter_id,
        e.province_code,
        r.reason_code AS reason,
        r.created_at AS since,
        e.name_key,
        e.birth_date,
        -- A child's record may carry the guardian's number.
        nullif(e.citizen_id, e.guardian_citizen_id) AS own_number,
        CASE
            WHEN e.commune_code IS NULL THEN coalesce(f.commune_code, 'unknown')
            WHEN EXISTS (
                SELECT FROM ref.commune AS c
                WHERE c.code = e.commune_code AND c.province_code = e.province_code AND c.valid_to IS NULL
            ) THEN e.commune_code
            ELSE 'elsewhere'
        END AS commune_code
    FROM health_book.review AS r
    INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id
    LEFT JOIN ref.facility AS f ON e.province_code = f.province_code AND e.facility_code = f.code
    WHERE
        e.is_current
        AND ((r.state = 'open' AND r.candidate_person_ids = '{}') OR r.state = 'new_person')
        AND NOT EXISTS (SELECT FROM health_book.entry AS n WHERE n.encounter_id = e.encounter_id)
        -- A list that came after linkage may have them.
        AND NOT EXISTS (
            SELECT FROM roster.person AS p
            WHERE p.province_code = e.province_code AND p.birth_date = e.birth_date AND p.name_fold = e.name_fold
        )
)

SELECT
    s.encounter_id,
    s.province_code,
    s.commune_code,
    s.reason,
    s.since,
    min(s.encounter_id) OVER (
        PARTITION BY s.province_code, s.commune_code, s.name_key, s.birth_date, s.own_number
    ) AS same_as
FROM seen AS s;

-- People on the lists of two communes, once for each listing that does not count.
CREATE VIEW roster.residence_conflict AS
SELECT
    c.province_code,
    c.person_id,
    p.commune_code,
    c.commune_code AS other_commune_code,
    p.residence,
    c.residence AS other_residence,
    greatest(r.refreshed_at, b.refreshed_at) AS since
FROM roster.claim AS c
INNER JOIN roster.person AS p ON c.person_id = p.person_id AND c.commune_code <> p.commune_code
INNER JOIN roster.refresh AS r ON c.refresh_id = r.refresh_id
INNER JOIN roster.refresh AS b ON p.refresh_id = b.refresh_id;

-- Each commune's roster against its previous list, its registered population, and what is still to be put right.
CREATE VIEW roster.gap AS
WITH people AS (
    SELECT province_code, commune_code, count(*) AS people
    FROM roster.person
    GROUP BY province_code, commune_code
),

-- Files that came together are one delivery.
delivery AS (
    SELECT
        province_code,
        commune_code,
        list_kind,
        refreshed_at,
        min(refresh_id) AS first_refresh,
        max(refresh_id) AS last_refresh,
        (array_agg(people_after ORDER BY refresh_id DESC))[1] AS people_after,
        row_number() OVER (PARTITION BY province_code, commune_code ORDER BY max(refresh_id) DESC) AS newness
    FROM roster.refresh
    GROUP BY province_code, commune_code, list_kind, run_id, refreshed_at
),

listed AS (
    SELECT
        province_code,
        commune_code,
        max(refreshed_at) AS last_refresh_at,
        max(people_after) FILTER (WHERE newness = 2) AS people_before,
        coalesce(max(first_refresh) FILTER (WHERE list_kind = 'full'), 0) AS last_full
    FROM delivery
    GROUP BY province_code, commune_code
),

-- Rows of the newest complete list, and of what came after it, that were not put right since. A row handed back stays one
-- row, however often it comes back wrong.
rejected AS (
    SELECT r.province_code, r.commune_code, count(DISTINCT (r.file_id, j.sheet, j.row_number)) AS rejected
    FROM roster.refresh AS r
    INNER JOIN listed AS l ON r.province_code = l.province_code AND r.commune_code = l.commune_code
    INNER JOIN intake.reject AS j ON r.file_id = j.file_id
    WHERE r.list_kind <> 'returned' AND r.refresh_id >= l.last_full AND j.row_number > 0 AND j.corrected_in IS NULL
    GROUP BY r.province_code, r.commune_code
),

file AS (
    SELECT
        province_code,
        commune_code,
        count(*) FILTER (WHERE status = 'held') AS files_held,
        count(*) FILTER (WHERE status = 'refused') AS files_refused
    FROM intake.file
    WHERE kind = 'roster'
    GROUP BY province_code, commune_code
),

conflict AS (
    SELECT both_of.province_code, both_of.commune_code, count(DISTINCT both_of.person_id) AS conflicts
    FROM (
        SELECT province_code, commune_code, person_id FROM roster.residence_conflict
        UNION ALL
        SELECT province_code, other_commune_code, person_id FROM roster.residence_conflict
    ) AS both_of
    GROUP BY both_of.province_code, both_of.commune_code
),

unlisted AS (
    SELECT province_code, commune_code, count(DISTINCT same_as) AS unlisted
    FROM roster.unlisted
    GROUP BY province_code, commune_code
)

SELECT
    c.province_code,
    c.code AS commune_code,
    c.name AS commune_name,
    coalesce(p.people, 0) AS people,
    l.people_before,
    coalesce(p.people, 0) - l.people_before AS change,
    c.population,
    c.population_certainty,
    round(coalesce(p.people, 0)::numeric / nullif(c.population, 0), 4) AS share,
    coalesce(r.rejected, 0) AS rejected,
    coalesce(k.conflicts, 0) AS conflicts,
    coalesce(u.unlisted, 0) AS unlisted,
    l.last_refresh_at,
    coalesce(f.files_held, 0) AS files_held,
    coalesce(f.files_refused, 0) AS files_refused
FROM ref.commune AS c
LEFT JOIN people AS p ON c.province_code = p.province_code AND c.code = p.commune_code
LEFT JOIN listed AS l ON c.province_code = l.province_code AND c.code = l.commune_code
LEFT JOIN rejected AS r ON c.province_code = r.province_code AND c.code = r.commune_code
LEFT JOIN file AS f ON c.province_code = f.province_code AND c.code = f.commune_code
LEFT JOIN conflict AS k ON c.province_code = k.province_code AND c.code = k.commune_code
LEFT JOIN unlisted AS u ON c.province_code = u.province_code AND c.code = u.commune_code
WHERE c.valid_to IS NULL;

-- Counts only: reports may see all of it.
CREATE VIEW stats.gap AS
SELECT * FROM roster.gap;

-- Rights ------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE ON roster.target_group, roster.group_day TO sangloc_loader;
GRANT SELECT ON roster.unlisted, roster.residence_conflict, roster.gap TO sangloc_loader;
GRANT SELECT ON stats.gap TO sangloc_loader, sangloc_report;
