-- The cases for which nobody was found who agrees in two of number, name and birth date. `days`: the birth dates that may be
-- meant by the one written: one digit wrong, day and month swapped, only month or year known on the roster, all days of the
-- month or year where the record knows no more. `family`, `likewise`: the first word of the name, and patterns of its last word
-- and of all but the last; no family where the record says only whose child somebody is.
-- Reads: temporary tables linkage_rest, linkage_pair. Writes: temporary table linkage_poor.
CREATE TEMPORARY TABLE linkage_poor ON COMMIT DROP AS
SELECT
    c.encounter_id,
    c.name_fold,
    c.birth_date,
    c.birth_precision,
    c.insurance_key,
    c.phone,
    c.commune_code,
    c.guardian_citizen_id,
    CASE WHEN c.name_fold !~ :unnamed THEN split_part(c.name_fold, ' ', 1) END AS family,
    ARRAY['% ' || split_part(c.name_fold, ' ', -1), regexp_replace(c.name_fold, '\S+$', '') || '%'] AS likewise,
    d.days
FROM linkage_rest AS c
CROSS JOIN LATERAL (
    SELECT array_agg(t.day) AS days
    FROM (
        SELECT c.birth_date + n AS day
        FROM generate_series(1, CASE c.birth_precision WHEN 'year' THEN 365 ELSE 30 END) AS s (n)
        WHERE c.birth_precision <> 'day'
        UNION ALL
        SELECT c.birth_date + n
        FROM unnest(ARRAY[-20, -10, -3, -2, -1, 1, 2, 3, 10, 20]) AS s (n)
        WHERE c.birth_precision = 'day'
        UNION ALL
        SELECT (c.birth_date + make_interval(years => n))::date
        FROM unnest(ARRAY[-10, -9, -2, -1, 1, 2, 9, 10]) AS s (n)
        WHERE c.birth_precision = 'day'
        UNION ALL
        SELECT
            (
                date_trunc('year', c.birth_date)
                + make_interval(months => n, days => extract(DAY FROM c.birth_date)::integer - 1)
            )::date
        FROM generate_series(0, 11) AS s (n)
        WHERE c.birth_precision = 'day'
        UNION ALL
        SELECT date_trunc('month', c.birth_date)::date WHERE c.birth_precision = 'day'
        UNION ALL
        SELECT date_trunc('year', c.birth_date)::date WHERE c.birth_precision = 'day'
        UNION ALL
        SELECT
            make_date(
                extract(YEAR FROM c.birth_date)::integer,
                extract(DAY FROM c.birth_date)::integer,
                extract(MONTH FROM c.birth_date)::integer
            )
        WHERE c.birth_precision = 'day' AND extract(DAY FROM c.birth_date) <= 12
    ) AS t
) AS d
WHERE NOT EXISTS (SELECT FROM linkage_pair AS m WHERE m.encounter_id = c.encounter_id AND m.agrees)
