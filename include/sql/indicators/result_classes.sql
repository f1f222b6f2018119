-- id: result_classes
-- name_vi: Phân loại sức khỏe của người được khám
-- name_en: Health classes of people examined
-- unit: người
-- numerator: people examined between 1 January and the end of the period, by the class of the examination they count with
-- denominator: those of them with a class (QĐ 1613/BYT-QĐ, I to V)
-- breakdowns: total (people with a class, of all examined), class
-- source: counted
-- target: none
-- small_cells: suppress
WITH this_year AS (
    SELECT result_class FROM counted
    WHERE exam_date BETWEEN make_date(:year, 1, 1) AND :period_to
)

SELECT
    'total' AS breakdown,
    '' AS key,
    count(result_class) AS numerator,
    count(*) AS denominator
FROM this_year
UNION ALL
SELECT
    'class' AS breakdown,
    cast(c.class AS text) AS key,
    count(t.result_class) AS numerator,
    (SELECT count(everyone.result_class) FROM this_year AS everyone) AS denominator
FROM generate_series(1, 5) AS c (class)
LEFT JOIN this_year AS t ON c.class = t.result_class
GROUP BY c.class
