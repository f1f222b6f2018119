-- id: main_findings
-- name_vi: Bệnh chính phát hiện qua khám sức khỏe
-- name_en: Main findings of examinations
-- unit: người
-- numerator: people examined between 1 January and the end of the period, by the group of their main disease (ICD-10)
-- denominator: those of them with a main disease
-- breakdowns: total (people with a main disease, of all examined), finding
-- source: examined
-- target: none
-- small_cells: suppress
WITH found AS (
    SELECT
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
        people_in_year AS people
    FROM examined
    WHERE facet = 'finding'
)

SELECT
    'total' AS breakdown,
    '' AS key,
    coalesce(sum(people) FILTER (WHERE finding IS NOT NULL), 0) AS numerator,
    coalesce(sum(people), 0) AS denominator
FROM found
UNION ALL
SELECT
    'finding' AS breakdown,
    finding AS key,
    sum(people) AS numerator,
    (SELECT sum(e.people) FROM found AS e WHERE e.finding IS NOT NULL) AS denominator
FROM found
WHERE finding IS NOT NULL
GROUP BY finding
HAVING sum(people) > 0
