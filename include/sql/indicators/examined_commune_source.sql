-- id: examined_commune_source
-- name_vi: Người dân được khám từ đầu năm theo xã và nguồn khám
-- name_en: Residents examined by commune and exam source
-- unit: người
-- numerator: residents examined between 1 January and the end of the period, each counted once
-- denominator: none
-- breakdowns: commune_source (commune/source)
-- source: exam_sum
-- target: none
-- small_cells: suppress
-- margins: commune_source = examined_share.commune x people_examined_year.source
SELECT
    breakdown,
    key,
    people_in_year AS numerator,
    cast(NULL AS bigint) AS denominator
FROM exam_sum
WHERE breakdown = 'commune_source' AND people_in_year > 0
