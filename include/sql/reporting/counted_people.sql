-- Everyone on the roster and who of them was examined, counted once for all indicators: by commune, sex and age class, and
-- (by_group) by commune, age class and combination of groups. The yearly examination is owed to permanent residents and
-- temporary ones from 12 months on (resident); to those who stay shorter only where the profile's residence rule counts
-- them. An age class holds the ages in the year from age_from to below the next bound; group_set_id 0 is no group.
-- Reads stats.population, stats.book, temporary table examined. Writes temporary table people, which ends with the transaction.
CREATE TEMPORARY TABLE people ON COMMIT DROP AS
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

-- Once over everybody; the sums of these rows cost little, and as integers least.
cell AS (
    SELECT
        commune_code,
        sex,
        age_class,
        group_set_id,
        resident,
        CAST(count(*) AS integer) AS people,
        CAST(count(*) FILTER (WHERE has_insurance_no) AS integer) AS insured,
        CAST(count(*) FILTER (WHERE has_citizen_id) AS integer) AS numbered,
        CAST(count(booked_at) AS integer) AS booked,
        CAST(count(*) FILTER (WHERE booked_at >= :year_starts AND booked_at < :period_ends) AS integer) AS booked_in_year,
        CAST(count(*) FILTER (WHERE booked_at >= :period_starts AND booked_at < :period_ends) AS integer) AS booked_in_period,
        0 AS examined_in_year,
        0 AS examined_in_period
    FROM person
    GROUP BY commune_code, sex, age_class, group_set_id, resident
    UNION ALL
    SELECT
        commune_code,
        sex,
        age_class,
        group_set_id,
        resident,
        0 AS people,
        0 AS insured,
        0 AS numbered,
        0 AS booked,
        0 AS booked_in_year,
        0 AS booked_in_period,
        people_in_year AS examined_in_year,
        people_in_period AS examined_in_period
    FROM examined
    WHERE facet = 'person' AND commune_code IS NOT NULL
)

SELECT
    grouping(sex) = 1 AS by_group,
    commune_code,
    CAST(sex AS text) AS sex,
    coalesce(group_set_id, 0) AS group_set_id,
    resident,
    (array_prepend(0, CAST(:age_bounds AS integer[])))[age_class + 1] AS age_from,
    (CAST(:age_names AS text[]))[age_class + 1] AS age_band,
    CAST(sum(people) AS integer) AS people,
    CAST(sum(insured) AS integer) AS insured,
    CAST(sum(numbered) AS integer) AS numbered,
    CAST(sum(booked) AS integer) AS booked,
    CAST(sum(booked_in_year) AS integer) AS booked_in_year,
    CAST(sum(booked_in_period) AS integer) AS booked_in_period,
    CAST(sum(examined_in_year) AS integer) AS examined_in_year,
    CAST(sum(examined_in_period) AS integer) AS examined_in_period
FROM cell
GROUP BY GROUPING SETS ((commune_code, sex, age_class, resident), (commune_code, age_class, group_set_id, resident))
