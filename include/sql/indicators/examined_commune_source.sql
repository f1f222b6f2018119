-- id: examined_commune_source
-- name_vi: Người dân được khám từ đầu năm theo xã và nguồn khám
-- name_en: Residents examined by commune and exam source
-- unit: người
-- numerator: residents examined between 1 January and the end of the period, each counted once
-- denominator: none
-- breakdowns: commune_source (commune/source)
-- source: examined
-- target: none
-- small_cells: suppress
-- margins: commune_source = examined_share.commune x people_examined_year.source
WITH part AS (
    SELECT
        commune_code AS of_row,
        source AS of_column,
        people_in_year AS examined
    FROM examined
    WHERE resident AND facet = 'exam'
)

SELECT
    'commune_source' AS breakdown,
    of_row || '/' || of_column AS key,
    sum(examined) AS numerator,
    cast(NULL AS bigint) AS denominator
FROM part
GROUP BY of_row, of_column
HAVING sum(examined) > 0
