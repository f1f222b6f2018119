-- id: linkage
-- name_vi: Hồ sơ khám đã ghi vào sổ sức khỏe điện tử
-- name_en: Examination records linked to a health book
-- unit: hồ sơ
-- numerator: records of examinations between 1 January and the end of the period that are in a person's health book
-- denominator: all records of examinations between 1 January and the end of the period
-- breakdowns: total, state (linked, in_review, not_on_roster, waiting)
-- source: stats.encounter, stats.entry, stats.review
-- target: none
-- small_cells: show
WITH record AS (
    SELECT
        CASE
            WHEN n.entry_id IS NOT NULL THEN 'linked'
            WHEN r.state = 'open' AND r.candidates > 0 THEN 'in_review'
            WHEN r.state IN ('open', 'not_the_same', 'new_person') THEN 'not_on_roster'
            ELSE 'waiting'
        END AS state
    FROM stats.encounter AS e
    LEFT JOIN stats.entry AS n ON e.encounter_id = n.encounter_id
    LEFT JOIN stats.review AS r ON e.encounter_id = r.encounter_id
    WHERE e.province_code = :province AND e.exam_date BETWEEN make_date(:year, 1, 1) AND :period_to
)

SELECT
    'total' AS breakdown,
    '' AS key,
    count(*) FILTER (WHERE state = 'linked') AS numerator,
    count(*) AS denominator
FROM record
UNION ALL
SELECT
    'state' AS breakdown,
    s.state AS key,
    count(record.state) AS numerator,
    (SELECT count(everything.state) FROM record AS everything) AS denominator
FROM unnest(ARRAY['linked', 'in_review', 'not_on_roster', 'waiting']) AS s (state)
LEFT JOIN record ON s.state = record.state
GROUP BY s.state
