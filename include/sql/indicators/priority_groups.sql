-- id: priority_groups
-- name_vi: Kết quả khám của các nhóm đối tượng ưu tiên
-- name_en: Priority groups reached
-- unit: người
-- numerator: residents of the group examined between 1 January and the end of the period, each counted once
-- denominator: residents of the group; a person may belong to several groups
-- breakdowns: total (at least one priority group), priority (the profile's groups, by code or by age in the year)
-- source: priority_sum
-- target: none
-- small_cells: suppress
SELECT
    breakdown,
    key,
    examined AS numerator,
    people AS denominator
FROM priority_sum
WHERE breakdown IN ('total', 'priority')
