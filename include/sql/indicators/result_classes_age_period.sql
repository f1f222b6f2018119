-- id: result_classes_age_period
-- name_vi: Phân loại sức khỏe theo nhóm tuổi trong kỳ
-- name_en: Health classes by age in the period
-- unit: người
-- numerator: people whose first examination of the year fell into the period, by class and age
-- denominator: those of them of that age with a class
-- breakdowns: class_age (class/age)
-- source: finding_sum
-- target: none
-- small_cells: suppress
-- margins: class_age = result_classes_period.class x none
SELECT
    breakdown,
    key,
    in_period AS numerator,
    of_period AS denominator
FROM finding_sum
WHERE breakdown = 'class_age' AND in_period > 0
