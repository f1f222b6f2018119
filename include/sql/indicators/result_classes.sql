-- id: result_classes
-- name_vi: Phân loại sức khỏe của người được khám
-- name_en: Health classes of people examined
-- unit: người
-- numerator: people examined between 1 January and the end of the period, by the class of the examination they count with
-- denominator: those of them with a class (QĐ 1613/BYT-QĐ, I to V)
-- breakdowns: total (people with a class, of all examined), class
-- source: finding_sum
-- target: none
-- small_cells: suppress
SELECT
    CASE breakdown WHEN 'classed' THEN 'total' ELSE breakdown END AS breakdown,
    key,
    in_year AS numerator,
    of_year AS denominator
FROM finding_sum
WHERE breakdown IN ('classed', 'class')
