-- id: sessions
-- name_vi: Số buổi khám theo kế hoạch năm
-- name_en: Screening sessions planned for the year
-- unit: buổi
-- numerator: sessions of the year's plan (by state: before the day of the snapshot in Vietnam, or on it and still to come)
-- denominator: all sessions of the year's plan
-- breakdowns: total, state (past, to_come), kind (fixed, mobile)
-- source: stats.session, stats.plan
-- target: none
-- small_cells: show
WITH planned AS (
    SELECT
        CASE
            WHEN s.session_date < cast(cast(:as_of AS timestamptz) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) THEN 'past'
            ELSE 'to_come'
        END AS state,
        s.kind
    FROM stats.session AS s
    INNER JOIN stats.plan AS p ON s.plan_id = p.plan_id
    WHERE p.province_code = :province AND p.year = :year
)

SELECT
    CASE WHEN grouping(state) = 0 THEN 'state' WHEN grouping(kind) = 0 THEN 'kind' ELSE 'total' END AS breakdown,
    coalesce(state, kind, '') AS key,
    count(*) AS numerator,
    (SELECT count(everything.state) FROM planned AS everything) AS denominator
FROM planned
GROUP BY GROUPING SETS ((), (state), (kind))
