-- A province's warehouse at any size: people, books, exams, plans and files, made up, in realistic shares and row widths.
-- Parameters: the province's code, and how many people and records.

-- Hash of a number and a seed as a fraction from 0 to below 1.
CREATE FUNCTION pg_temp.draw(n bigint, seed integer) RETURNS double precision LANGUAGE sql IMMUTABLE
RETURN (hashint8extended(n, seed) & 9007199254740991)::double precision / 9007199254740992;

INSERT INTO intake.file (
    province_code, kind, commune_code, source, sender, path, sha256, size_bytes, status, rows_read, rows_accepted,
    rows_rejected, received_at, loaded_at, list_kind, period
)
SELECT
    %(code)s, CASE WHEN n <= 684 THEN 'roster' ELSE 'exam' END, CASE WHEN n <= 684 THEN c.codes[1 + n %% cardinality(c.codes)] END,
    CASE WHEN n > 684 THEN 'screening' END, 'bench', 'x', encode(sha256(n::text::bytea), 'hex'), 1000, 'loaded', 1000, 980, 20,
    timestamptz '2026-02-01' + n * interval '90 minutes', timestamptz '2026-02-01' + n * interval '90 minutes',
    CASE WHEN n <= 684 THEN 'full' END, CASE WHEN n <= 684 THEN '2026-10' END
FROM generate_series(1, 684 + greatest(1, %(records)s / 250)) AS t (n)
CROSS JOIN (SELECT array_agg(code ORDER BY code) AS codes FROM ref.commune WHERE province_code = %(code)s) AS c;

INSERT INTO roster.refresh (
    province_code, commune_code, file_id, run_id, inserted, updated, moved_in, closed, unchanged, rejected, refreshed_at
)
SELECT province_code, commune_code, file_id, 'bench', 25, 100, 15, 25, 800, 20, received_at
FROM intake.file
WHERE kind = 'roster';

INSERT INTO intake.reject (file_id, sheet, row_number, column_name, reason_code, message, raw)
SELECT file_id, NULL, n, 'Ngày sinh', CASE n %% 3 WHEN 0 THEN 'birth_date_invalid' WHEN 1 THEN 'name_missing' ELSE 'duplicate_in_file' END,
    'Ngày sinh không hợp lệ', '{"Họ và tên": "Người Thử Nghiệm"}'
FROM intake.file
CROSS JOIN generate_series(1, 20) AS t (n);

INSERT INTO roster.group_set (key) SELECT 'bench ' || n FROM generate_series(1, 60) AS t (n);

INSERT INTO roster.group_set_member (group_set_id, code_set, group_code, reason)
SELECT DISTINCT s.group_set_id, cs, (1 + (hashint8extended(s.group_set_id, m) & 15))::text, CASE WHEN m = 1 THEN 'age' ELSE 'label:other' END
FROM roster.group_set AS s
CROSS JOIN generate_series(1, 3) AS t (m)
CROSS JOIN unnest(ARRAY['QD1551', 'QD2062']) AS cs
ON CONFLICT DO NOTHING;

INSERT INTO roster.person (
    person_id, province_code, commune_code, citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold, birth_date,
    birth_precision, sex, ethnic_code, phone, village, household_no, relation, guardian_citizen_id, residence, group_set_id,
    change, refresh_id, first_refresh_id
)
SELECT
    n, %(code)s, c.code,
    CASE WHEN pg_temp.draw(n, 1) < 0.97 THEN '031' || lpad(n::text, 9, '0') END,
    CASE WHEN pg_temp.draw(n, 2) < 0.94 THEN 'GD431' || lpad(n::text, 10, '0') END,
    CASE WHEN pg_temp.draw(n, 2) < 0.94 THEN lpad(n::text, 10, '0') END,
    'Nguyễn Thị Thử ' || (n %% 5000), 'nguyen4 thi5 thu3 ' || (n %% 5000), 'nguyen thi thu ' || (n %% 5000),
    date '2026-11-20' - (pg_temp.draw(n, 3) ^ 1.2 * 34000)::integer, 'day', 1 + (n %% 2), '01',
    CASE WHEN pg_temp.draw(n, 4) < 0.7 THEN '000' || lpad((n %% 10000000)::text, 7, '0') END,
    'Thôn Số ' || (n %% 12), (n / 4)::text, 'Con', CASE WHEN pg_temp.draw(n, 3) < 0.1 THEN '031' || lpad((n + 1)::text, 9, '0') END,
    CASE WHEN pg_temp.draw(n, 5) < 0.96 THEN 'permanent' WHEN pg_temp.draw(n, 5) < 0.98 THEN 'temporary_12m' ELSE 'temporary_short' END,
    (SELECT min(group_set_id) FROM roster.group_set) + (pg_temp.draw(n, 6) ^ 3 * 60)::integer %% 60,
    'new', c.refresh_id, NULL
FROM (
    SELECT
        c.code, min(r.refresh_id) AS refresh_id,
        sum(c.population) OVER (ORDER BY c.code) - c.population AS below,
        sum(c.population) OVER () AS everyone, c.population
    FROM ref.commune AS c
    INNER JOIN roster.refresh AS r ON c.code = r.commune_code
    WHERE c.province_code = %(code)s AND c.valid_to IS NULL
    GROUP BY c.code, c.population
) AS c
CROSS JOIN LATERAL generate_series(
    (c.below * %(people)s / c.everyone)::bigint + 1, ((c.below + c.population) * %(people)s / c.everyone)::bigint
) AS t (n);

INSERT INTO health_book.book (person_id, province_code, created_at, opened_by)
SELECT n, %(code)s, timestamptz '2026-01-05' + (pg_temp.draw(n, 7) * 300) * interval '1 day', 'yearly'
FROM generate_series(1, %(people)s) AS t (n)
WHERE pg_temp.draw(n, 8) < 0.98;

INSERT INTO exam.encounter (
    province_code, file_id, source, facility_code, ma_lk, version, is_current, content_hash, form, code_set_version, exam_date,
    concluded_at, received_at, payer_code, group_codes, result_class, main_icd, full_name, name_key, name_fold, birth_date,
    birth_precision, sex, citizen_id, insurance_no, phone, address, commune_code, signed
)
SELECT
    %(code)s, f.first + n %% f.files,
    (ARRAY['screening', 'screening', 'screening', 'periodic', 'school', 'school', 'worker', 'occupational', 'insurance', 'insurance'])[1 + (pg_temp.draw(n, 11) * 10)::integer %% 10],
    '31' || lpad((1 + (pg_temp.draw(n, 12) ^ 2 * 129)::integer)::text, 3, '0'), n::text, 1, TRUE, md5(n::text),
    (ARRAY['under_6', '6_to_17', '18_plus', '18_plus'])[1 + (n %% 4)], 'QD2062', day, day + interval '10 hours',
    day + interval '12 hours' + (pg_temp.draw(n, 13) ^ 4) * interval '40 hours',
    (ARRAY['1', '2', '2', '3', '4', '9'])[1 + (n %% 6)], ARRAY['1', '3'], 1 + (pg_temp.draw(n, 14) ^ 2 * 5)::integer %% 5,
    (ARRAY['I10', 'E11', 'Z00.0', 'J45', 'K29.7', 'M54', 'H52.1', 'K02', NULL, NULL])[1 + (pg_temp.draw(n, 15) * 10)::integer %% 10],
    'Nguyễn Thị Thử ' || (n %% 5000), 'nguyen4 thi5 thu3 ' || (n %% 5000), 'nguyen thi thu ' || (n %% 5000), date '1980-05-05', 'day', 1,
    '031' || lpad(n::text, 9, '0'), 'GD431' || lpad(n::text, 10, '0'), '0000000000', 'Thôn Số 1, Xã Thử', '11914', TRUE
FROM (
    SELECT n, date '2026-02-01' + (pg_temp.draw(n, 10) * 272)::integer AS day FROM generate_series(1, %(records)s) AS t (n)
) AS t
CROSS JOIN (SELECT min(file_id) AS first, count(*) AS files FROM intake.file WHERE kind = 'exam') AS f;

-- One record in ten is a second or third one of the same person: numbers are drawn from nine tenths.
INSERT INTO health_book.entry (book_id, encounter_id, method, match_probability, model_version, linked_at, run_id)
SELECT b.book_id, e.encounter_id, 'identifier', 1, 'bench', e.received_at, 'bench'
FROM exam.encounter AS e
INNER JOIN health_book.book AS b ON b.person_id = 1 + (hashint8extended((pg_temp.draw(e.encounter_id, 20) * %(records)s * 0.9)::bigint, 21) & 9007199254740991) %% %(people)s
WHERE e.encounter_id %% 50 > 0;

INSERT INTO health_book.review (encounter_id, province_code, reason_code, created_at)
SELECT e.encounter_id, e.province_code, (ARRAY['nobody', 'several', 'doubtful'])[1 + e.encounter_id %% 3], e.received_at
FROM exam.encounter AS e
WHERE NOT EXISTS (SELECT FROM health_book.entry AS n WHERE n.encounter_id = e.encounter_id);

INSERT INTO planning.plan (
    province_code, commune_code, year, starts_on, ends_on, due_people, planned_people, unplanned_people, input_hash, planned_at, run_id
)
SELECT province_code, code, 2026, '2026-02-01', '2026-12-31', 1, 0, 0, 'x', timestamptz '2026-02-01', 'bench'
FROM ref.commune
WHERE province_code = %(code)s AND valid_to IS NULL;

INSERT INTO planning.site (province_code, commune_code, name, kind)
SELECT province_code, commune_code, kind, kind FROM planning.plan CROSS JOIN unnest(ARRAY['fixed', 'mobile']) AS kind;

INSERT INTO planning.team (province_code, commune_code, name, persons_per_day)
SELECT province_code, commune_code, kind, 150 FROM planning.site;

INSERT INTO planning.session (plan_id, province_code, commune_code, site_id, team_id, session_date, starts_at, ends_at, capacity, booked)
SELECT p.plan_id, p.province_code, p.commune_code, s.site_id, t.team_id, date '2026-02-01' + n, '07:30', '17:00', 150, 100
FROM planning.plan AS p
INNER JOIN planning.site AS s ON p.commune_code = s.commune_code
INNER JOIN planning.team AS t ON s.commune_code = t.commune_code AND s.name = t.name
CROSS JOIN generate_series(0, 330) AS d (n)
WHERE extract(ISODOW FROM date '2026-02-01' + n) < 6;

INSERT INTO planning.invitation (plan_id, person_id, session_id, priority, group_code, reason_code)
SELECT
    l.plan_id, p.person_id, CASE WHEN pg_temp.draw(p.person_id, 30) < 0.6 THEN s.ids[1 + p.person_id %% cardinality(s.ids)] END,
    1, NULL, CASE WHEN pg_temp.draw(p.person_id, 30) >= 0.6 THEN 'capacity_exhausted' END
FROM roster.person AS p
INNER JOIN planning.plan AS l ON p.commune_code = l.commune_code
INNER JOIN (SELECT plan_id, array_agg(session_id) AS ids FROM planning.session GROUP BY plan_id) AS s ON l.plan_id = s.plan_id
WHERE p.residence <> 'temporary_short';

INSERT INTO quality.validation (province_code, suite, table_name, run_id, state, evaluated, unsuccessful, validated_at)
SELECT %(code)s, 'suite_' || n, 'roster.person', 'bench', 'passed', 1, 0, timestamptz '2026-10-31' FROM generate_series(1, 11) AS t (n);
