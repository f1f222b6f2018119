-- id: main_findings_period
-- name_vi: Bệnh chính phát hiện qua khám sức khỏe trong kỳ
-- name_en: Main findings of examinations in the period
-- unit: người
-- numerator: people whose first examination of the year fell into the period, by the group of their main disease (ICD-10)
-- denominator: those of them with a main disease
-- breakdowns: total (people with a main disease, of all examined), finding
-- source: finding_sum
-- target: none
-- small_cells: suppress
SELECT
    CASE breakdown WHEN 'diagnosed' THEN 'total' ELSE breakdown END AS breakdown,
    key,
    in_period AS numerator,
    of_period AS denominator
FROM finding_sum
WHERE breakdown = 'diagnosed' OR (breakdown = 'finding' AND in_period > 0)
