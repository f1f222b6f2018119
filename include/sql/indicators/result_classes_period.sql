-- id: result_classes_period
-- name_vi: Phân loại sức khỏe của người được khám trong kỳ
-- name_en: Health classes of people examined in the period
-- unit: người
-- numerator: people whose first examination of the year fell into the period, by the class of the examination they count with
-- denominator: those of them with a class (QĐ 1613/BYT-QĐ, I to V)
-- breakdowns: total (people with a class, of all examined), class
-- source: examined
-- target: none
-- small_cells: suppress
WITH found AS (
    SELECT
        result_class,
        sum(people_in_period) AS people
    FROM examined
    WHERE facet = 'finding'
    GROUP BY result_class
)

SELECT
    'total' AS breakdown,
    '' AS key,
    coalesce(sum(people) FILTER (WHERE result_class IS NOT NULL), 0) AS numerator,
    coalesce(sum(people), 0) AS denominator
FROM found
UNION ALL
SELECT
    'class' AS breakdown,
    cast(c.class AS text) AS key,
    coalesce(f.people, 0) AS numerator,
    (SELECT coalesce(sum(e.people), 0) FROM found AS e WHERE e.result_class IS NOT NULL) AS denominator
FROM generate_series(1, 5) AS c (class)
LEFT JOIN found AS f ON c.class = f.result_class
