-- id: target_progress
-- name_vi: Kết quả thực hiện các chỉ tiêu
-- name_en: Progress towards the targets of the orders
-- unit: chỉ tiêu
-- numerator: targets reached (by target: the result in the target's unit)
-- denominator: targets whose result is known (by target: the value to be reached)
-- breakdowns: total, target (ids of the profile's targets)
-- source: computed
-- target: those of the profile
-- small_cells: follow examined_share, health_book_share, insurance_known
WITH target AS (
    SELECT
        element.item ->> 'id' AS id,
        element.item ->> 'indicator' AS indicator,
        element.item ->> 'comparison' AS comparison,
        cast(element.item ->> 'value' AS numeric) AS value,
        cast(element.item ->> 'by_year' AS integer) AS by_year,
        CASE WHEN element.item ->> 'unit' = '%' THEN 100 ELSE 1 END AS scale
    FROM jsonb_array_elements(cast(:targets AS jsonb)) AS element (item)
),

result AS (
    SELECT
        t.id,
        t.comparison,
        t.value,
        -- What is counted and not a share of anything is its own result.
        t.scale * c.numerator / nullif(coalesce(c.denominator, 1), 0) AS reached
    FROM target AS t
    LEFT JOIN computed AS c ON t.indicator = c.indicator AND c.breakdown = 'total'
)

SELECT
    'total' AS breakdown,
    '' AS key,
    count(*) FILTER (WHERE CASE WHEN comparison = '>' THEN reached > value ELSE reached >= value END) AS numerator,
    count(reached) AS denominator
FROM result
UNION ALL
SELECT
    'target' AS breakdown,
    id AS key,
    -- What falls short by less than a hundredth does not read as reached.
    CASE WHEN reached < value THEN least(round(reached, 2), value - 0.01) ELSE round(reached, 2) END AS numerator,
    value AS denominator
FROM result
