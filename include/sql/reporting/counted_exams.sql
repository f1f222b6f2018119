-- Every examination in a book of the years the period lies in, up to its end, with what the figures ask of the person. A
-- person counts once a year, by the first examination (place 1), whichever of the six sources it came from (QĐ 1551/QĐ-BYT
-- and the programme of Thái Nguyên: sources are combined). As the first by day, it is the same for every period that has it.
-- Reads stats.yearly_exam, stats.population. Writes temporary table exam, which ends with the transaction.
CREATE TEMPORARY TABLE exam ON COMMIT DROP AS
SELECT
    e.person_id,
    e.encounter_id,
    p.commune_code,
    p.sex,
    p.group_set_id,
    p.residence IS NOT NULL AND (p.residence <> 'temporary_short' OR :short_stays_count) AS resident,
    width_bucket(:year - p.birth_year, CAST(:age_bounds AS integer[])) AS age_class,
    e.exam_date,
    e.source,
    e.form,
    coalesce(e.payer_code, 'unknown') AS payer_code,
    e.result_class,
    e.icd,
    e.place,
    e.paid_twice,
    e.repeated,
    e.record_id IS NOT NULL AS recorded,
    e.year = :year AS in_year,
    e.place = 1 AND e.exam_date >= :period_from AS in_period
FROM stats.yearly_exam AS e
LEFT JOIN stats.population AS p ON e.person_id = p.person_id
WHERE e.province_code = :province AND e.year BETWEEN :first_year AND :year AND e.exam_date <= :period_to
