-- id: main_findings
-- name_vi: Bệnh chính phát hiện qua khám sức khỏe
-- name_en: Main findings of examinations
-- unit: người
-- numerator: people examined between 1 January and the end of the period, by the group of their main disease (ICD-10)
-- denominator: those of them with a main disease
-- breakdowns: total (people with a main disease, of all examined), finding
-- source: finding_sum
-- target: none
-- small_cells: suppress
SELECT
    CASE breakdown WHEN 'diagnosed' THEN 'total' ELSE breakdown END AS breakdown,
    key,
    in_year AS numerator,
    of_year AS denominator
FROM finding_sum
WHERE breakdown = 'diagnosed' OR (breakdown = 'finding' AND in_year > 0)
