-- Records of examinations received, in force, of the year up to the end of the period, counted once for all indicators:
-- by source, facility, when they arrived (QĐ 1551/QĐ-BYT: within 24 hours of the conclusion) and whether they are in a book.
-- Reads stats.arrival, stats.entry, stats.review. Writes temporary table record, which ends with the transaction.
CREATE TEMPORARY TABLE record ON COMMIT DROP AS
WITH received AS (
    SELECT
        a.source,
        a.facility_code,
        a.signed,
        a.exam_date BETWEEN make_date(:year, 1, 1) AND :period_to AS in_year,
        a.exam_date BETWEEN :period_from AND :period_to AS in_period,
        CASE
            WHEN a.first_received_at <= a.concluded_at + interval '24 hours' THEN 'within_24h'
            WHEN a.first_received_at <= a.concluded_at + interval '48 hours' THEN 'within_48h'
            WHEN a.first_received_at <= a.concluded_at + interval '7 days' THEN 'within_7d'
            ELSE 'later'
        END AS delay,
        CASE
            WHEN n.entry_id IS NOT NULL THEN 'linked'
            WHEN r.state = 'open' AND r.candidates > 0 THEN 'in_review'
            WHEN r.state IN ('open', 'not_the_same', 'new_person') THEN 'not_on_roster'
            ELSE 'waiting'
        END AS state,
        CASE WHEN n.entry_id IS NULL AND r.state = 'open' THEN r.reason_code END AS reason_code
    FROM stats.arrival AS a
    LEFT JOIN stats.entry AS n ON a.encounter_id = n.encounter_id
    LEFT JOIN stats.review AS r ON a.encounter_id = r.encounter_id
    WHERE
        a.province_code = :province
        AND a.exam_date BETWEEN least(make_date(:year, 1, 1), :period_from) AND :period_to
)

SELECT
    source,
    facility_code,
    signed,
    in_year,
    in_period,
    delay,
    state,
    reason_code,
    count(*) AS records
FROM received
GROUP BY source, facility_code, signed, in_year, in_period, delay, state, reason_code
