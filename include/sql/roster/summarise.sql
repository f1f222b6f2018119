-- The roster of a province, and what one run did to it.
-- Reads: roster.person, roster.refresh, intake.file. Writes: nothing.
SELECT
    people.people,
    people.communes,
    files.loaded,
    files.held,
    files.refused,
    run.files,
    run.inserted,
    run.updated,
    run.moved_in,
    run.closed,
    run.unchanged,
    run.rejected
FROM
    (
        SELECT count(*) AS people, count(DISTINCT commune_code) AS communes
        FROM roster.person
        WHERE province_code = :province_code
    ) AS people
CROSS JOIN (
    SELECT
        count(*) FILTER (WHERE status = 'loaded') AS loaded,
        count(*) FILTER (WHERE status = 'held') AS held,
        count(*) FILTER (WHERE status = 'refused') AS refused
    FROM intake.file
    WHERE province_code = :province_code AND kind = 'roster'
) AS files
CROSS JOIN (
    SELECT
        count(*) AS files,
        coalesce(sum(inserted), 0) AS inserted,
        coalesce(sum(updated), 0) AS updated,
        coalesce(sum(moved_in), 0) AS moved_in,
        coalesce(sum(closed), 0) AS closed,
        coalesce(sum(unchanged), 0) AS unchanged,
        coalesce(sum(rejected), 0) AS rejected
    FROM roster.refresh
    WHERE province_code = :province_code AND run_id = :run_id
) AS run
