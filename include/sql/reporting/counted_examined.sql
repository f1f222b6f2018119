-- Examinations counted once for all indicators, by five sets of columns (facet): people by commune, sex and age class; by
-- commune and combination of groups; by how they were examined; by what was found; by commune and day.
-- people_in_year and people_in_period count people once (by their first examination of the year), records_in_year all of
-- their examinations of the year.
-- Reads temporary table exam. Writes temporary table examined, which ends with the transaction.
CREATE TEMPORARY TABLE examined ON COMMIT DROP AS
SELECT
    CASE
        WHEN grouping(exam_date) = 0 THEN 'day'
        WHEN grouping(icd) = 0 THEN 'finding'
        WHEN grouping(source) = 0 THEN 'exam'
        WHEN grouping(group_set_id) = 0 THEN 'group'
        ELSE 'person'
    END AS facet,
    commune_code,
    resident,
    sex,
    (array_prepend(0, CAST(:age_bounds AS integer[])))[age_class + 1] AS age_from,
    (CAST(:age_names AS text[]))[age_class + 1] AS age_band,
    group_set_id,
    source,
    payer_code,
    form,
    result_class,
    icd,
    exam_date,
    count(*) FILTER (WHERE place = 1 AND in_year) AS people_in_year,
    count(*) FILTER (WHERE in_period) AS people_in_period,
    count(*) FILTER (WHERE in_year) AS records_in_year,
    count(*) FILTER (WHERE in_year AND place = 2) AS people_with_two,
    count(*) FILTER (WHERE in_year AND place = 3) AS people_with_three,
    count(*) FILTER (WHERE in_year AND paid_twice) AS paid_twice,
    count(*) FILTER (WHERE in_year AND repeated) AS repeated,
    count(*) FILTER (WHERE in_year AND place = 1 AND recorded) AS recorded
FROM exam
GROUP BY GROUPING SETS (
    (commune_code, resident, sex, age_class),
    (commune_code, resident, age_class, group_set_id),
    (commune_code, resident, source, payer_code, form),
    (sex, age_class, result_class, icd),
    (commune_code, resident, exam_date)
)
