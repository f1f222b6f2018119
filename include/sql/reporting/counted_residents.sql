-- Everyone on the roster, counted once for all indicators: by commune, sex and age class, and (by_group) by commune, age class
-- and combination of groups. The yearly examination is owed to permanent residents and temporary ones from 12 months on
-- (resident); to those who stay shorter only where the profile's residence rule counts them. An age class holds the ages in
-- the year from age_from to below the next bound.
-- Reads stats.population, stats.book. Writes temporary table residents, which ends with the transaction.
CREATE TEMPORARY TABLE residents ON COMMIT DROP AS
WITH person AS (
    SELECT
        p.commune_code,
        p.sex,
        p.group_set_id,
        p.residence <> 'temporary_short' OR :short_stays_count AS resident,
        width_bucket(:year - p.birth_year, CAST(:age_bounds AS integer[])) AS age_class,
        p.has_insurance_no,
        p.has_citizen_id,
        b.created_at AS booked_at
    FROM stats.population AS p
    LEFT JOIN stats.book AS b ON p.person_id = b.person_id
    WHERE p.province_code = :province
),

-- Once over everybody; the sums of these rows cost nothing.
cell AS (
    SELECT
        commune_code,
        sex,
        age_class,
        group_set_id,
        resident,
        count(*) AS people,
        count(*) FILTER (WHERE has_insurance_no) AS insured,
        count(*) FILTER (WHERE has_citizen_id) AS numbered,
        count(booked_at) AS booked,
        count(*) FILTER (WHERE booked_at >= :year_starts AND booked_at < :period_ends) AS booked_in_year,
        count(*) FILTER (WHERE booked_at >= :period_starts AND booked_at < :period_ends) AS booked_in_period
    FROM person
    GROUP BY commune_code, sex, age_class, group_set_id, resident
)

SELECT
    grouping(sex) = 1 AS by_group,
    commune_code,
    sex,
    group_set_id,
    resident,
    (array_prepend(0, CAST(:age_bounds AS integer[])))[age_class + 1] AS age_from,
    (CAST(:age_names AS text[]))[age_class + 1] AS age_band,
    sum(people) AS people,
    sum(insured) AS insured,
    sum(numbered) AS numbered,
    sum(booked) AS booked,
    sum(booked_in_year) AS booked_in_year,
    sum(booked_in_period) AS booked_in_period
FROM cell
GROUP BY GROUPING SETS ((commune_code, sex, age_class, resident), (commune_code, age_class, group_set_id, resident))
