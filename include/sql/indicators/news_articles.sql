-- id: news_articles
-- name_vi: Số tin, bài tuyên truyền
-- name_en: News items and articles
-- unit: tin, bài
-- numerator: sum of the figure `news_articles` that units reported for the period; empty when none did
-- denominator: none
-- breakdowns: total, unit_kind (commune, facility, department)
-- source: unit_input
-- target: none (order 002, section 5)
-- small_cells: show
WITH given AS (
    SELECT
        unit_kind,
        value
    FROM unit_input
    WHERE figure = 'news_articles' AND value IS NOT NULL
)

SELECT
    CASE WHEN grouping(unit_kind) = 0 THEN 'unit_kind' ELSE 'total' END AS breakdown,
    coalesce(unit_kind, '') AS key,
    sum(value) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM given
GROUP BY GROUPING SETS ((), (unit_kind))
