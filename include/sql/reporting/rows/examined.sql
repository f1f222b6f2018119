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
    AND (CAST(:commune AS text) IS NULL OR commune_code = :commune)
    AND (CAST(:sex AS text) IS NULL OR CAST(sex AS text) = :sex)
    AND (CAST(:age AS text) IS NULL OR (CAST(:age_names AS text []))[age_class + 1] = :age)
    AND (CAST(:source AS text) IS NULL OR source = :source)
    AND (CAST(:payer AS text) IS NULL OR payer_code = :payer)
    AND (CAST(:form AS text) IS NULL OR form = :form)
    AND (CAST(:class AS text) IS NULL OR CAST(result_class AS text) = :class)
    AND (CAST(:week AS text) IS NULL OR to_char(exam_date, 'IYYY-"W"IW') = :week)
    AND (
        CAST(:group AS text) IS NULL
        OR group_set_id IN (SELECT g.group_set_id FROM stats.group_member AS g WHERE g.code_set = 'QD2062' AND g.group_code = :group)
    )
ORDER BY person_id, exam_date
