-- What was found at the examinations that people count by, by breakdown: class and class_age (QĐ 1613/BYT-QĐ, I to V, by age
-- class), finding (groups of main diseases, ICD-10), and `classed` and `diagnosed`: who has a class or a main disease, of all
-- examined. in_year and in_period count them, of_year and of_period are what they are counted of.
-- Reads temporary table examined. Writes temporary table finding_sum, which ends with the transaction.
CREATE TEMPORARY TABLE finding_sum ON COMMIT DROP AS
WITH found AS (
    SELECT
        CAST(result_class AS text) AS class,
        (CAST(:age_names AS text[]))[age_class + 1] AS age_band,
        CASE
            WHEN icd IS NULL THEN NULL
            WHEN icd BETWEEN 'I10' AND 'I15' THEN 'hypertension'
            WHEN icd LIKE 'I%' THEN 'other_circulatory'
            WHEN icd BETWEEN 'E10' AND 'E14' THEN 'diabetes'
            WHEN icd LIKE 'E%' THEN 'other_endocrine'
            WHEN icd LIKE 'C%' THEN 'cancer'
            WHEN icd BETWEEN 'J40' AND 'J47' THEN 'chronic_respiratory'
            WHEN icd LIKE 'J%' THEN 'other_respiratory'
            WHEN icd BETWEEN 'K00' AND 'K14' THEN 'oral'
            WHEN icd LIKE 'K%' THEN 'digestive'
            WHEN icd LIKE 'F%' THEN 'mental'
            WHEN icd BETWEEN 'H00' AND 'H59' THEN 'eye'
            WHEN icd LIKE 'H%' THEN 'ear'
            WHEN icd LIKE 'M%' THEN 'musculoskeletal'
            WHEN icd LIKE 'N%' THEN 'genitourinary'
            WHEN icd LIKE 'A%' OR icd LIKE 'B%' THEN 'infectious'
            WHEN icd LIKE 'Z%' THEN 'no_disease'
            ELSE 'other'
        END AS finding,
        people_in_year AS in_year,
        people_in_period AS in_period
    FROM examined
    WHERE facet = 'finding'
),

whole AS (
    SELECT
        coalesce(sum(in_year), 0) AS in_year,
        coalesce(sum(in_period), 0) AS in_period,
        coalesce(sum(in_year) FILTER (WHERE class IS NOT NULL), 0) AS classed_in_year,
        coalesce(sum(in_period) FILTER (WHERE class IS NOT NULL), 0) AS classed_in_period,
        coalesce(sum(in_year) FILTER (WHERE finding IS NOT NULL), 0) AS diagnosed_in_year,
        coalesce(sum(in_period) FILTER (WHERE finding IS NOT NULL), 0) AS diagnosed_in_period
    FROM found
)

SELECT
    'classed' AS breakdown,
    '' AS key,
    classed_in_year AS in_year,
    classed_in_period AS in_period,
    in_year AS of_year,
    in_period AS of_period
FROM whole
UNION ALL
SELECT
    'diagnosed' AS breakdown,
    '' AS key,
    diagnosed_in_year AS in_year,
    diagnosed_in_period AS in_period,
    in_year AS of_year,
    in_period AS of_period
FROM whole
UNION ALL
SELECT
    'class' AS breakdown,
    c.class AS key,
    coalesce(sum(f.in_year), 0) AS in_year,
    coalesce(sum(f.in_period), 0) AS in_period,
    w.classed_in_year AS of_year,
    w.classed_in_period AS of_period
FROM unnest(ARRAY['1', '2', '3', '4', '5']) AS c (class)
CROSS JOIN whole AS w
LEFT JOIN found AS f ON c.class = f.class
GROUP BY c.class, w.classed_in_year, w.classed_in_period
UNION ALL
SELECT
    'class_age' AS breakdown,
    class || '/' || age_band AS key,
    sum(in_year) AS in_year,
    sum(in_period) AS in_period,
    sum(sum(in_year)) OVER (PARTITION BY age_band) AS of_year,
    sum(sum(in_period)) OVER (PARTITION BY age_band) AS of_period
FROM found
WHERE class IS NOT NULL AND age_band IS NOT NULL
GROUP BY class, age_band
UNION ALL
SELECT
    'finding' AS breakdown,
    f.finding AS key,
    sum(f.in_year) AS in_year,
    sum(f.in_period) AS in_period,
    w.diagnosed_in_year AS of_year,
    w.diagnosed_in_period AS of_period
FROM found AS f
CROSS JOIN whole AS w
WHERE f.finding IS NOT NULL
GROUP BY f.finding, w.diagnosed_in_year, w.diagnosed_in_period
