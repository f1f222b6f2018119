-- id: invitations
-- name_vi: Số người được mời khám
-- name_en: People invited to a session
-- unit: người
-- numerator: people due this year, each counted once, who have a place in a session (by reason: people due who have none, and why)
-- denominator: people due this year according to the plan
-- breakdowns: total, unplanned (reason codes of planning)
-- source: stats.invitation, stats.plan
-- target: none
-- small_cells: suppress
WITH due AS (
    -- Who moved stands in the plans of two communes until both are planned again.
    SELECT DISTINCT ON (i.person_id)
        i.person_id,
        i.session_id,
        i.reason_code
    FROM stats.invitation AS i
    INNER JOIN stats.plan AS p ON i.plan_id = p.plan_id
    WHERE p.province_code = :province AND p.year = :year
    ORDER BY i.person_id ASC, i.session_id ASC NULLS LAST
)

SELECT
    'total' AS breakdown,
    '' AS key,
    count(session_id) AS numerator,
    count(*) AS denominator
FROM due
UNION ALL
SELECT
    'unplanned' AS breakdown,
    reason_code AS key,
    count(*) AS numerator,
    (SELECT count(everyone.*) FROM due AS everyone) AS denominator
FROM due
WHERE reason_code IS NOT NULL
GROUP BY reason_code
