-- Residents with their books, numbers and examinations by breakdown: total, commune, sex, age, group (DOI_TUONG of QĐ
-- 2062/QĐ-BYT; a person of several groups is in each of them), commune_age, sex_age.
-- Reads temporary table people, stats.group_member. Writes temporary table resident_sum, which ends with the transaction.
CREATE TEMPORARY TABLE resident_sum ON COMMIT DROP AS
SELECT
    CASE grouping(commune_code, sex, age_band)
        WHEN 7 THEN 'total'
        WHEN 3 THEN 'commune'
        WHEN 5 THEN 'sex'
        WHEN 6 THEN 'age'
        WHEN 2 THEN 'commune_age'
        ELSE 'sex_age'
    END AS breakdown,
    concat_ws('/', commune_code, sex, age_band) AS key,
    coalesce(sum(people), 0) AS people,
    coalesce(sum(insured), 0) AS insured,
    coalesce(sum(numbered), 0) AS numbered,
    coalesce(sum(booked), 0) AS booked,
    coalesce(sum(booked_in_year), 0) AS booked_in_year,
    coalesce(sum(booked_in_period), 0) AS booked_in_period,
    coalesce(sum(examined_in_year), 0) AS examined_in_year,
    coalesce(sum(examined_in_period), 0) AS examined_in_period
FROM people
WHERE resident AND NOT by_group
GROUP BY GROUPING SETS ((), (commune_code), (sex), (age_band), (commune_code, age_band), (sex, age_band))
UNION ALL
SELECT
    'group' AS breakdown,
    g.group_code AS key,
    sum(p.people) AS people,
    sum(p.insured) AS insured,
    sum(p.numbered) AS numbered,
    sum(p.booked) AS booked,
    sum(p.booked_in_year) AS booked_in_year,
    sum(p.booked_in_period) AS booked_in_period,
    sum(p.examined_in_year) AS examined_in_year,
    sum(p.examined_in_period) AS examined_in_period
FROM people AS p
INNER JOIN stats.group_member AS g ON p.group_set_id = g.group_set_id AND g.code_set = 'QD2062'
WHERE p.resident AND p.by_group
GROUP BY g.group_code
