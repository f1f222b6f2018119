-- The people to whom the yearly examination is owed: permanent residents and temporary ones from 12 months on; those who
-- stay shorter only where the profile's residence rule counts them.
-- Reads stats.person. Writes temporary table resident, which ends with the transaction.
CREATE TEMPORARY TABLE resident ON COMMIT DROP AS
SELECT
    person_id,
    commune_code,
    sex,
    birth_year,
    has_insurance_no,
    CASE
        WHEN :year - birth_year < 6 THEN 'under_6'
        WHEN :year - birth_year < 18 THEN '6_17'
        WHEN :year - birth_year < 60 THEN '18_59'
        ELSE '60_plus'
    END AS age_band
FROM stats.person
WHERE province_code = :province AND (residence <> 'temporary_short' OR :short_stays_count)
