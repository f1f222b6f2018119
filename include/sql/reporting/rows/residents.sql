-- The residents a figure counts; an empty parameter asks for all.
-- Reads stats.population, stats.book. Writes nothing.
SELECT
    p.person_id,
    p.commune_code,
    b.book_id
FROM stats.population AS p
LEFT JOIN stats.book AS b ON p.person_id = b.person_id
WHERE
    p.province_code = :province
    AND (p.residence <> 'temporary_short' OR :short_stays_count)
    AND CASE :owning
        WHEN 'insurance' THEN p.has_insurance_no
        WHEN 'number' THEN p.has_citizen_id
        WHEN 'book' THEN b.book_id IS NOT NULL
        WHEN 'book_of_year' THEN b.created_at >= :year_starts AND b.created_at < :period_ends
        WHEN 'book_of_period' THEN b.created_at >= :period_starts AND b.created_at < :period_ends
    END
    AND (CAST(:key_commune AS text) IS NULL OR p.commune_code = :key_commune)
    AND (CAST(:key_sex AS text) IS NULL OR CAST(p.sex AS text) = :key_sex)
    AND (
        CAST(:key_age AS text) IS NULL
        OR (CAST(:age_names AS text[]))[width_bucket(:year - p.birth_year, CAST(:age_bounds AS integer[])) + 1] = :key_age
    )
ORDER BY p.person_id
