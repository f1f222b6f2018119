-- id: weekly_progress
-- name_vi: Tiến độ khám theo tuần
-- name_en: Residents examined week by week
-- unit: người
-- numerator: residents whose first examination of the year fell into the week, between 1 January and the end of the period
-- denominator: residents on the roster
-- breakdowns: total, week (ISO week)
-- source: resident_sum, examined
-- target: none
-- small_cells: suppress
SELECT
    CASE WHEN grouping(to_char(exam_date, 'IYYY-"W"IW')) = 0 THEN 'week' ELSE 'total' END AS breakdown,
    coalesce(to_char(exam_date, 'IYYY-"W"IW'), '') AS key,
    coalesce(sum(people_in_year), 0) AS numerator,
    (SELECT r.people FROM resident_sum AS r WHERE r.breakdown = 'total') AS denominator
FROM examined
WHERE facet = 'day' AND resident
GROUP BY GROUPING SETS ((), (to_char(exam_date, 'IYYY-"W"IW')))
HAVING grouping(to_char(exam_date, 'IYYY-"W"IW')) = 1 OR sum(people_in_year) > 0
