-- Exams whose content was never seen before, as new versions of their encounter. The first of all counts until the end of
-- the file says otherwise.
-- Reads: temporary table exam_in, exam.encounter. Writes: exam.encounter, temporary table exam_touched.
WITH incoming AS (
    SELECT DISTINCT ON (facility_code, ma_lk, source_class, content_hash) *
    FROM exam_in
    ORDER BY facility_code, ma_lk, source_class, content_hash, ordinal DESC
),

numbered AS (
    SELECT
        i.*,
        row_number() OVER (PARTITION BY i.facility_code, i.ma_lk, i.source_class ORDER BY i.ordinal) + (
            SELECT coalesce(max(e.version), 0) FROM exam.encounter AS e
            WHERE
                e.province_code = :province_code
                AND e.facility_code = i.facility_code
                AND e.ma_lk = i.ma_lk
                AND e.source_class = i.source_class
        ) AS number
    FROM incoming AS i
    WHERE NOT EXISTS (
        SELECT FROM exam.encounter AS e
        WHERE
            e.province_code = :province_code
            AND e.facility_code = i.facility_code
            AND e.ma_lk = i.ma_lk
            AND e.source_class = i.source_class
            AND e.content_hash = i.content_hash
    )
),

inserted AS (
    INSERT INTO exam.encounter (
        province_code, file_id, source, facility_code, ma_lk, version, is_current, content_hash, form, code_set_version,
        exam_date, concluded_at, received_at, payer_code, group_codes, result_class, main_icd, full_name, name_key,
        name_fold, birth_date, birth_precision, sex, citizen_id, guardian_citizen_id, insurance_no, phone, address,
        commune_code, held_codes, signed, arrival
    )
    SELECT
        :province_code,
        :file_id,
        :source,
        i.facility_code,
        i.ma_lk,
        i.number,
        i.number = 1,
        i.content_hash,
        i.form,
        i.code_set_version,
        i.exam_date,
        i.concluded_at,
        :received_at,
        i.payer_code,
        i.group_codes,
        i.result_class,
        i.main_icd,
        i.full_name,
        i.name_key,
        i.name_fold,
        i.birth_date,
        i.birth_precision,
        i.sex,
        i.citizen_id,
        i.guardian_citizen_id,
        i.insurance_no,
        i.phone,
        i.address,
        i.commune_code,
        i.held_codes,
        i.signed,
        CAST(:load AS bigint) * 1000000000 + i.ordinal
    FROM numbered AS i
    RETURNING encounter_id, facility_code, ma_lk, source_class, content_hash
),

touched AS (
    INSERT INTO exam_touched (encounter_id, facility_code, ma_lk, source_class, is_new, was_signed)
    SELECT encounter_id, facility_code, ma_lk, source_class, TRUE, FALSE FROM inserted
)

SELECT encounter_id, facility_code, ma_lk, source_class, content_hash FROM inserted
