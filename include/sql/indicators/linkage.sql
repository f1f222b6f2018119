-- id: linkage
-- name_vi: Hồ sơ khám đã ghi vào sổ sức khỏe điện tử
-- name_en: Examination records linked to a health book
-- unit: hồ sơ
-- numerator: records of examinations between 1 January and the end of the period that are in a person's health book
-- denominator: all records of examinations between 1 January and the end of the period
-- breakdowns: total, state (linked, in_review, not_on_roster, waiting)
-- source: record
-- target: none
-- small_cells: suppress
-- repeats: linked = linkage
SELECT
    'total' AS breakdown,
    '' AS key,
    coalesce(sum(records) FILTER (WHERE state = 'linked'), 0) AS numerator,
    coalesce(sum(records), 0) AS denominator
FROM record
WHERE in_year
UNION ALL
SELECT
    'state' AS breakdown,
    s.state AS key,
    coalesce(sum(r.records), 0) AS numerator,
    (SELECT coalesce(sum(e.records), 0) FROM record AS e WHERE e.in_year) AS denominator
FROM unnest(ARRAY['linked', 'in_review', 'not_on_roster', 'waiting']) AS s (state)
LEFT JOIN record AS r ON s.state = r.state AND r.in_year
GROUP BY s.state
