-- What the demo's summary says of one province: people, rejects, exams, links, plan and checks.
-- Reads: ref.province, roster.person, roster.unlisted, intake.file, exam.encounter, health_book.entry, health_book.review,
-- planning.plan, planning.session, quality.validation, quality.finding. Writes: nothing.
-- Parameter: slug.
WITH province AS (
    SELECT
        code,
        name
    FROM ref.province
    WHERE slug = :slug
),

files AS (
    SELECT
        kind,
        sum(rows_rejected) AS rejected,
        count(*) FILTER (WHERE status = 'refused') AS refused
    FROM intake.file
    WHERE province_code = (SELECT code FROM province)
    GROUP BY kind
),

plans AS (
    SELECT
        sum(due_people) AS due,
        sum(planned_people) AS planned,
        sum(unplanned_people) AS unplanned
    FROM planning.plan
    WHERE province_code = (SELECT code FROM province)
),

-- Each suite's newest verdict.
newest AS (
    SELECT DISTINCT ON (suite) validation_id
    FROM quality.validation
    WHERE province_code = (SELECT code FROM province)
    ORDER BY suite ASC, validated_at DESC
),

checks AS (
    SELECT
        count(*) FILTER (WHERE finding.state = 'passed') AS passed,
        count(*) FILTER (WHERE finding.state IN ('failed', 'error')) AS failed
    FROM quality.finding AS finding
    INNER JOIN newest ON finding.validation_id = newest.validation_id
)

SELECT
    province.name AS province,
    (
        SELECT count(*) FROM roster.person
        WHERE province_code = province.code
    ) AS people,
    coalesce((
        SELECT rejected FROM files
        WHERE kind = 'roster'
    ), 0) AS roster_rejected,
    coalesce((
        SELECT rejected FROM files
        WHERE kind = 'exam'
    ), 0) AS exam_rejected,
    coalesce((SELECT sum(refused) FROM files), 0) AS files_refused,
    (
        SELECT count(*) FROM exam.encounter
        WHERE province_code = province.code AND is_current
    ) AS exams,
    (
        SELECT count(*)
        FROM health_book.entry AS entry
        INNER JOIN exam.encounter AS encounter ON entry.encounter_id = encounter.encounter_id
        WHERE encounter.province_code = province.code AND encounter.is_current
    ) AS linked,
    (
        SELECT count(*)
        FROM health_book.review AS review
        WHERE review.province_code = province.code AND review.state = 'open' AND review.candidate_person_ids <> '{}'
    ) AS in_review,
    (
        SELECT count(*)
        FROM roster.unlisted AS unlisted
        WHERE unlisted.province_code = province.code
    ) AS unlisted,
    (
        SELECT count(*) FROM planning.session
        WHERE province_code = province.code
    ) AS sessions,
    coalesce(plans.due, 0) AS due,
    coalesce(plans.planned, 0) AS planned,
    coalesce(plans.unplanned, 0) AS unplanned,
    checks.passed AS checks_passed,
    checks.failed AS checks_failed
FROM province
CROSS JOIN plans
CROSS JOIN checks
