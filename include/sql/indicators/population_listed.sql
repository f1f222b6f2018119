-- id: population_listed
-- name_vi: Số người trong danh sách so với dân số của xã
-- name_en: People on the roster against the registered population
-- unit: người
-- numerator: people on the roster of the communes whose population is known
-- denominator: registered population of those communes
-- breakdowns: total, commune
-- source: people, ref.commune
-- target: none
-- small_cells: suppress
WITH commune AS (
    SELECT
        c.code,
        c.population,
        coalesce(sum(r.people), 0) AS people
    FROM ref.commune AS c
    LEFT JOIN people AS r ON c.code = r.commune_code AND NOT r.by_group
    WHERE
        c.province_code = :province
        AND c.population IS NOT NULL
        AND c.valid_from <= :period_to
        AND (c.valid_to IS NULL OR c.valid_to >= :period_to)
    GROUP BY c.code, c.population
)

SELECT
    CASE WHEN grouping(code) = 0 THEN 'commune' ELSE 'total' END AS breakdown,
    coalesce(code, '') AS key,
    sum(people) AS numerator,
    sum(population) AS denominator
FROM commune
GROUP BY GROUPING SETS ((), (code))
