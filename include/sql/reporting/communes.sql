-- Names of the province's communes in force on a day. Reads ref.commune.
SELECT
    code,
    name
FROM ref.commune
WHERE
    province_code = :province
    AND valid_from <= :day
    AND (valid_to IS NULL OR valid_to >= :day)
ORDER BY code
