-- id: people_by_records
-- name_vi: Số người được khám theo số lần khám trong năm
-- name_en: People by number of examinations this year
-- unit: người
-- numerator: people with that many examinations between 1 January and the end of the period
-- denominator: people examined in that time
-- breakdowns: total, times (1, 2, 3_plus)
-- source: exam_sum
-- target: none
-- small_cells: suppress
SELECT
    s.breakdown,
    s.key,
    s.people AS numerator,
    e.people_in_year AS denominator
FROM exam_sum AS e
CROSS JOIN LATERAL (
    VALUES
    ('total', '', e.people_in_year),
    ('times', '1', e.people_in_year - e.people_with_two),
    ('times', '2', e.people_with_two - e.people_with_three),
    ('times', '3_plus', e.people_with_three)
) AS s (breakdown, key, people)
WHERE e.breakdown = 'total'
