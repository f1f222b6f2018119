-- The table into which the exams of a file are copied, in batches.
-- Reads: exam.encounter (its columns). Writes: temporary table exam_in.
CREATE TEMPORARY TABLE exam_in ON COMMIT DROP AS
SELECT
    version AS ordinal,
    ma_lk AS made_on,
    ma_lk AS gln,
    source_class,
    signed,
    facility_code,
    ma_lk,
    content_hash,
    form,
    code_set_version,
    exam_date,
    concluded_at,
    payer_code,
    group_codes,
    result_class,
    main_icd,
    full_name,
    name_key,
    name_fold,
    birth_date,
    birth_precision,
    sex,
    citizen_id,
    guardian_citizen_id,
    insurance_no,
    phone,
    address,
    commune_code,
    held_codes
FROM exam.encounter
WITH NO DATA
