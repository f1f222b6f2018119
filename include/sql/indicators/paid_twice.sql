-- id: paid_twice
-- name_vi: Lượt khám trùng nguồn chi trả được phát hiện
-- name_en: Examinations that would be paid for twice
-- unit: hồ sơ
-- numerator: examinations in books between 1 January and the end of the period of a kind that another source has paid for already that year (not to be paid again)
-- denominator: all examinations in books between 1 January and the end of the period
-- breakdowns: total, source
-- source: exam_sum
-- target: none
-- small_cells: suppress
SELECT
    breakdown,
    key,
    paid_twice AS numerator,
    records_in_year AS denominator
FROM exam_sum
WHERE breakdown IN ('total', 'source')
