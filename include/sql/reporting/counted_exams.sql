-- The one examination by which a person counts in a year: the first of the year, whichever of the six sources it came
-- from (QĐ 1551/QĐ-BYT and the programme of Thái Nguyên: sources are combined, one person counts once a year). As the first
-- by day, it is the same for every period that has it.
-- Reads stats.yearly_exam. Writes temporary table counted, which ends with the transaction.
CREATE TEMPORARY TABLE counted ON COMMIT DROP AS
SELECT
    e.person_id,
    e.encounter_id,
    e.record_id,
    e.exam_date,
    e.source,
    e.form,
    e.result_class,
    coalesce(e.payer_code, 'unknown') AS payer_code
FROM stats.yearly_exam AS e
WHERE
    e.province_code = :province
    AND e.year BETWEEN least(:year, :first_year) AND :year
    AND e.exam_date <= :period_to
    AND e.place = 1
