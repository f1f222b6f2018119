-- id: invitations
-- name_vi: Số người được mời khám
-- name_en: People invited to a session
-- unit: người
-- numerator: people due this year, each counted once, who have a place in a session (by reason: people due who have none, and why)
-- denominator: people due this year according to the plan
-- breakdowns: total, unplanned (reason codes of planning)
-- source: invited
-- target: none
-- small_cells: suppress
SELECT
    'total' AS breakdown,
    '' AS key,
    coalesce(sum(invited), 0) AS numerator,
    coalesce(sum(due), 0) AS denominator
FROM invited
UNION ALL
SELECT
    'unplanned' AS breakdown,
    reason_code AS key,
    sum(due) AS numerator,
    (SELECT sum(everyone.due) FROM invited AS everyone) AS denominator
FROM invited
WHERE reason_code IS NOT NULL
GROUP BY reason_code
