-- id: paid_twice
-- name_vi: Lượt khám trùng nguồn chi trả được phát hiện
-- name_en: Examinations that would be paid for twice
-- unit: hồ sơ
-- numerator: examinations in books between 1 January and the end of the period of a kind that another source has paid for already that year (not to be paid again)
-- denominator: all examinations in books between 1 January and the end of the period
-- breakdowns: total, source
-- source: examined
-- target: none
-- small_cells: suppress
SELECT
    CASE WHEN grouping(source) = 0 THEN 'source' ELSE 'total' END AS breakdown,
    coalesce(source, '') AS key,
    coalesce(sum(paid_twice), 0) AS numerator,
    coalesce(sum(records_in_year), 0) AS denominator
FROM examined
WHERE facet = 'exam'
GROUP BY GROUPING SETS ((), (source))
