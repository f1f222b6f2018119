-- id: repeated_exams
-- name_vi: Lượt khám lặp lại của cùng một nguồn
-- name_en: Examinations repeated by the same source
-- unit: hồ sơ
-- numerator: examinations in books between 1 January and the end of the period of a kind that the same source has examined already that year
-- denominator: all examinations in books between 1 January and the end of the period
-- breakdowns: total, source
-- source: examined
-- target: none
-- small_cells: suppress
SELECT
    CASE WHEN grouping(source) = 0 THEN 'source' ELSE 'total' END AS breakdown,
    coalesce(source, '') AS key,
    coalesce(sum(repeated), 0) AS numerator,
    coalesce(sum(records_in_year), 0) AS denominator
FROM examined
WHERE facet = 'exam'
GROUP BY GROUPING SETS ((), (source))
