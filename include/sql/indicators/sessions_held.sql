-- id: sessions_held
-- name_vi: Số buổi khám đã tổ chức
-- name_en: Sessions held
-- unit: buổi
-- numerator: sessions planned up to the end of the period and before the day of the snapshot in Vietnam on whose day somebody of the commune was examined
-- denominator: sessions planned for the year up to the end of the period and before the day of the snapshot
-- breakdowns: total, kind (fixed, mobile), commune
-- source: stats.session, stats.plan, examined
-- target: none
-- small_cells: show
WITH session AS (
    SELECT
        s.commune_code,
        s.session_date,
        s.kind
    FROM stats.session AS s
    INNER JOIN stats.plan AS p ON s.plan_id = p.plan_id
    WHERE
        p.province_code = :province
        AND s.session_date BETWEEN make_date(:year, 1, 1) AND :period_to
        AND s.session_date < cast(cast(:as_of AS timestamptz) AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)
),

seen AS (
    SELECT
        commune_code,
        exam_date
    FROM examined
    WHERE facet = 'day' AND records_in_year > 0
    GROUP BY commune_code, exam_date
)

SELECT
    CASE WHEN grouping(s.kind) = 0 THEN 'kind' WHEN grouping(s.commune_code) = 0 THEN 'commune' ELSE 'total' END AS breakdown,
    coalesce(s.kind, s.commune_code, '') AS key,
    count(e.exam_date) AS numerator,
    count(*) AS denominator
FROM session AS s
LEFT JOIN seen AS e ON s.commune_code = e.commune_code AND s.session_date = e.exam_date
GROUP BY GROUPING SETS ((), (s.kind), (s.commune_code))
