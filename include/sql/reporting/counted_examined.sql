-- Examinations counted once for all indicators, by four sets of columns (facet): people by commune, sex, age class and
-- combination of groups; by how they were examined; by what was found; by commune and day.
-- people_in_year and people_in_period count people once (by their first examination of the year), records_in_year all of
-- their examinations of the year.
-- Reads temporary table exam. Writes temporary table examined, which ends with the transaction.
CREATE TEMPORARY TABLE examined ON COMMIT DROP AS
SELECT
    CASE
        WHEN grouping(exam_date) = 0 THEN 'day'
        WHEN grouping(icd) = 0 THEN 'finding'
        WHEN grouping(source) = 0 THEN 'exam'
        ELSE 'person'
    END AS facet,
    commune_code,
    resident,
    sex,
    age_class,
    group_set_id,
    source,
    payer_code,
    form,
    result_class,
    icd,
    exam_date,
    CAST(count(*) FILTER (WHERE place = 1 AND in_year) AS integer) AS people_in_year,
    CAST(count(*) FILTER (WHERE in_period) AS integer) AS people_in_period,
    CAST(count(*) FILTER (WHERE in_year) AS integer) AS records_in_year,
    CAST(count(*) FILTER (WHERE in_year AND place = 2) AS integer) AS people_with_two,
    CAST(count(*) FILTER (WHERE in_year AND place = 3) AS integer) AS people_with_three,
    CAST(count(*) FILTER (WHERE in_year AND paid_twice) AS integer) AS paid_twice,
    CAST(count(*) FILTER (WHERE in_year AND repeated) AS integer) AS repeated,
    CAST(count(*) FILTER (WHERE in_year AND place = 1 AND recorded) AS integer) AS recorded
FROM exam
GROUP BY GROUPING SETS (
    (commune_code, resident, sex, age_class, group_set_id),
    (commune_code, resident, source, payer_code, form),
    (age_class, result_class, icd),
    (commune_code, resident, exam_date)
)
