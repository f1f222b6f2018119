-- The facilities of a province that owe figures: those it has heard from. Reads ref.facility.
SELECT
    code,
    coalesce(name, code) AS name
FROM ref.facility
WHERE province_code = :province
ORDER BY code
