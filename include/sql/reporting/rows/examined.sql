-- The examinations by which people count in a figure, with the people; an empty parameter asks for all.
-- Reads temporary table exam, stats.group_member. Writes nothing.
SELECT
    person_id,
    encounter_id,
    commune_code,
    exam_date,
    source
FROM exam
WHERE
    CASE WHEN :of_period THEN in_period ELSE in_year AND place = 1 END
    AND (resident OR NOT :of_residents)
    AND (result_class IS NOT NULL OR NOT :classed)
    AND (CAST(:key_commune AS text) IS NULL OR commune_code = :key_commune)
    AND (CAST(:key_sex AS text) IS NULL OR CAST(sex AS text) = :key_sex)
    AND (CAST(:key_age AS text) IS NULL OR (CAST(:age_names AS text[]))[age_class + 1] = :key_age)
    AND (CAST(:key_source AS text) IS NULL OR source = :key_source)
    AND (CAST(:key_payer AS text) IS NULL OR payer_code = :key_payer)
    AND (CAST(:key_form AS text) IS NULL OR form = :key_form)
    AND (CAST(:key_class AS text) IS NULL OR CAST(result_class AS text) = :key_class)
    AND (CAST(:key_week AS text) IS NULL OR to_char(exam_date, 'IYYY-"W"IW') = :key_week)
    AND (
        CAST(:key_group AS text) IS NULL
        OR group_set_id IN (SELECT g.group_set_id FROM stats.group_member AS g WHERE g.code_set = 'QD2062' AND g.group_code = :key_group)
    )
ORDER BY person_id, exam_date
