-- id: examined_commune_source_period
-- name_vi: Người dân được khám trong kỳ theo xã và nguồn khám
-- name_en: Residents examined by commune and exam source in the period
-- unit: người
-- numerator: residents whose first examination of the year fell into the period
-- denominator: none
-- breakdowns: commune_source (commune/source)
-- source: examined
-- target: none
-- small_cells: suppress
-- margins: commune_source = examined_share_period.commune x people_examined_period.source
WITH part AS (
    SELECT
        commune_code AS of_row,
        source AS of_column,
        people_in_period AS examined
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
