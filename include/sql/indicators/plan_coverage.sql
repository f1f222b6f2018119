-- id: plan_coverage
-- name_vi: Tỷ lệ người đến lượt khám đã được xếp lịch theo xã
-- name_en: People due who have a place in a session, by commune
-- unit: người
-- numerator: people due this year who have a place in a session of their commune's plan
-- denominator: people due this year according to the plan
-- breakdowns: commune
-- source: invited
-- target: none
-- small_cells: suppress
SELECT
    'commune' AS breakdown,
    commune_code AS key,
    sum(invited) AS numerator,
    sum(due) AS denominator
FROM invited
GROUP BY commune_code
