-- id: result_classes_period
-- name_vi: Phân loại sức khỏe của người được khám trong kỳ
-- name_en: Health classes of people examined in the period
-- unit: người
-- numerator: people whose first examination of the year fell into the period, by the class of the examination they count with
-- denominator: those of them with a class (QĐ 1613/BYT-QĐ, I to V)
-- breakdowns: total (people with a class, of all examined), class
-- source: finding_sum
-- target: none
-- small_cells: suppress
SELECT
    CASE breakdown WHEN 'classed' THEN 'total' ELSE breakdown END AS breakdown,
    key,
    in_period AS numerator,
    of_period AS denominator
FROM finding_sum
WHERE breakdown IN ('classed', 'class')
