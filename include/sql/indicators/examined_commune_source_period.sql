-- id: examined_commune_source_period
-- name_vi: Người dân được khám trong kỳ theo xã và nguồn khám
-- name_en: Residents examined by commune and exam source in the period
-- unit: người
-- numerator: residents whose first examination of the year fell into the period
-- denominator: none
-- breakdowns: commune_source (commune/source)
-- source: exam_sum
-- target: none
-- small_cells: suppress
-- margins: commune_source = examined_share_period.commune x people_examined_period.source
SELECT
    breakdown,
    key,
    people_in_period AS numerator,
    cast(NULL AS bigint) AS denominator
FROM exam_sum
WHERE breakdown = 'commune_source' AND people_in_period > 0
