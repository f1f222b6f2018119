-- id: result_classes_age_period
-- name_vi: Phân loại sức khỏe theo nhóm tuổi trong kỳ
-- name_en: Health classes by age in the period
-- unit: người
-- numerator: people whose first examination of the year fell into the period, by class and age
-- denominator: those of them of that age with a class
-- breakdowns: class_age (class/age)
-- source: examined
-- target: none
-- small_cells: suppress
-- margins: class_age = result_classes_period.class x none
WITH found AS (
    SELECT
        result_class,
        age_band,
        sum(people_in_period) AS people
    FROM examined
    WHERE facet = 'finding' AND result_class IS NOT NULL AND age_band IS NOT NULL
    GROUP BY result_class, age_band
)

SELECT
    'class_age' AS breakdown,
    result_class || '/' || age_band AS key,
    people AS numerator,
    sum(people) OVER (PARTITION BY age_band) AS denominator
FROM found
WHERE people > 0
