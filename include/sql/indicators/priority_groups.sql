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
-- contains: priority = examined_share by priority_part
SELECT
    breakdown,
    key,
    examined AS numerator,
    people AS denominator
FROM priority_sum
WHERE breakdown IN ('total', 'priority')
UNION ALL
-- Which cells of other tables count people of a group, or all around them, without a count.
SELECT
    'priority_part' AS breakdown,
    (element.item ->> 'id') || '/' || part.name AS key,
    cast(NULL AS bigint) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM jsonb_array_elements(cast(:priority_groups AS jsonb)) AS element (item)
CROSS JOIN LATERAL jsonb_array_elements_text(element.item -> 'parts') AS part (name)
