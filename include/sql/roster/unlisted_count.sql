-- How many exams, and people, are on no list.
-- Reads: roster.unlisted. Writes: nothing.
SELECT
    count(*) AS exams,
    count(DISTINCT same_as) AS people,
    count(DISTINCT same_as) FILTER (WHERE commune_code = 'unknown') AS unknown,
    count(DISTINCT same_as) FILTER (WHERE commune_code = 'elsewhere') AS elsewhere
FROM roster.unlisted
WHERE province_code = :province_code
