-- id: repeated_exams
-- name_vi: Lượt khám lặp lại của cùng một nguồn
-- name_en: Examinations repeated by the same source
-- unit: hồ sơ
-- numerator: examinations in books between 1 January and the end of the period of a kind that the same source has examined already that year
-- denominator: all examinations in books between 1 January and the end of the period
-- breakdowns: total, source
-- source: exam_sum
-- target: none
-- small_cells: suppress
SELECT
    breakdown,
    key,
    repeated AS numerator,
    records_in_year AS denominator
FROM exam_sum
WHERE breakdown IN ('total', 'source')
