-- Examinations and who counts by them, by breakdown: total, source, payer, form; and of residents alone commune_source.
-- Reads temporary table examined. Writes temporary table exam_sum, which ends with the transaction.
CREATE TEMPORARY TABLE exam_sum ON COMMIT DROP AS
SELECT
    CASE grouping(source, payer_code, form, commune_code)
        WHEN 15 THEN 'total'
        WHEN 7 THEN 'source'
        WHEN 11 THEN 'payer'
        WHEN 13 THEN 'form'
        ELSE 'commune_source'
    END AS breakdown,
    concat_ws('/', commune_code, source, payer_code, form) AS key,
    coalesce(sum(people_in_year), 0) AS people_in_year,
    coalesce(sum(people_in_period), 0) AS people_in_period,
    coalesce(sum(records_in_year), 0) AS records_in_year,
    coalesce(sum(people_with_two), 0) AS people_with_two,
    coalesce(sum(people_with_three), 0) AS people_with_three,
    coalesce(sum(paid_twice), 0) AS paid_twice,
    coalesce(sum(repeated), 0) AS repeated,
    coalesce(sum(recorded), 0) AS recorded
FROM examined
WHERE facet = 'exam'
GROUP BY GROUPING SETS ((), (source), (payer_code), (form), (commune_code, source, resident))
HAVING grouping(commune_code) = 1 OR resident
