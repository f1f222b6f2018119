-- The people on the roster that are checked. Reads: roster.person, roster.refresh, roster.group_set, ref.commune.
SELECT
    p.*,
    CAST(p.person_id AS text) AS row_key,
    c.code IS NOT NULL AS commune_in_force,
    b.refresh_id IS NOT NULL AND (p.first_refresh_id IS NULL OR f.refresh_id IS NOT NULL) AS refresh_known,
    p.group_set_id IS NULL OR s.group_set_id IS NOT NULL AS groups_known,
    p.birth_date <= CAST(:today AS date) AS birth_not_in_future,
    p.birth_date > CAST(:today AS date) - interval '120 years' AS age_plausible,
    p.full_name IS NFC NORMALIZED AS name_is_nfc,
    -- Digit 4 of a number of 12 holds century and sex, digits 5 and 6 the year of birth (Nghị định 137/2015/NĐ-CP, điều 13).
    CASE
        WHEN p.citizen_id ~ '^\d{12}$'
            THEN
                substr(p.citizen_id, 5, 2) = to_char(p.birth_date, 'YY')
                AND CAST(substr(p.citizen_id, 4, 1) AS integer)
                = (CAST(extract(YEAR FROM p.birth_date) AS integer) / 100 - 19) * 2 + p.sex - 1
    END AS citizen_id_agrees
FROM roster.person AS p
LEFT JOIN ref.commune AS c
    ON
        p.commune_code = c.code
        AND p.province_code = c.province_code
        AND c.valid_from <= CAST(:today AS date)
        AND (c.valid_to IS NULL OR c.valid_to >= CAST(:today AS date))
LEFT JOIN roster.refresh AS b ON p.refresh_id = b.refresh_id
LEFT JOIN roster.refresh AS f ON p.first_refresh_id = f.refresh_id
LEFT JOIN roster.group_set AS s ON p.group_set_id = s.group_set_id
WHERE p.province_code = :province_code
