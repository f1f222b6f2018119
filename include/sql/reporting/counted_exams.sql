-- The one examination by which a person counts in a year: the first of the year, whichever of the six sources it came
-- from (QĐ 1551/QĐ-BYT and the programme of Thái Nguyên: sources are combined, one person counts once a year).
-- Reads stats.examined. Writes temporary table counted, which ends with the transaction.
CREATE TEMPORARY TABLE counted ON COMMIT DROP AS
SELECT DISTINCT ON (e.person_id, date_trunc('year', e.exam_date))
    e.person_id,
    e.encounter_id,
    e.record_id,
    e.exam_date,
    e.source,
    e.form,
    e.result_class,
    coalesce(e.payer_code, 'unknown') AS payer_code
FROM stats.examined AS e
WHERE
    e.province_code = :province
    AND e.exam_date >= least(make_date(:year, 1, 1), make_date(:first_year, 1, 1))
    AND e.exam_date <= :period_to
ORDER BY e.person_id ASC, date_trunc('year', e.exam_date) ASC, e.exam_date ASC, e.encounter_id ASC
