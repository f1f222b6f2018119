-- id: priority_communes
-- name_vi: Kết quả khám của các nhóm đối tượng ưu tiên theo xã
-- name_en: Priority groups reached by commune
-- unit: người
-- numerator: residents of the group and commune examined between 1 January and the end of the period, each counted once
-- denominator: residents of the group and commune
-- breakdowns: priority_commune (priority group/commune)
-- source: priority_sum
-- target: none
-- small_cells: suppress
-- margins: priority_commune = priority_groups.priority x examined_share.commune
SELECT
    breakdown,
    key,
    examined AS numerator,
    people AS denominator
FROM priority_sum
WHERE breakdown = 'priority_commune'
