-- id: result_classes_age
-- name_vi: Phân loại sức khỏe theo nhóm tuổi
-- name_en: Health classes by age
-- unit: người
-- numerator: people examined between 1 January and the end of the period, by class and age
-- denominator: those of them of that age with a class
-- breakdowns: class_age (class/age)
-- source: finding_sum
-- target: none
-- small_cells: suppress
-- margins: class_age = result_classes.class x none
SELECT
    breakdown,
    key,
    in_year AS numerator,
    of_year AS denominator
FROM finding_sum
WHERE breakdown = 'class_age' AND in_year > 0
