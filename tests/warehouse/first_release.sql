-- Two lists of one commune and one of another, as the first release left them.
INSERT INTO ref.province VALUES ('20', 'lang_son', 'Tỉnh Lạng Sơn', 881384, 'test', '2026-01-01');
INSERT INTO intake.file (province_code, kind, commune_code, path, sha256, size_bytes, status, received_at)
SELECT '20', 'roster', commune, 'a', repeat(digit, 64), 1, 'loaded', '2026-10-01'
FROM (VALUES ('05977', '1'), ('05977', '2'), ('05983', '3')) AS made (commune, digit);
INSERT INTO roster.refresh (province_code, commune_code, file_id, run_id, inserted, updated, moved_in, closed, unchanged, rejected,
    refreshed_at)
VALUES ('20', '05977', 1, 'r', 2, 0, 0, 0, 0, 0, '2026-10-01'), ('20', '05977', 2, 'r', 0, 1, 0, 1, 0, 0, '2026-11-01'),
    ('20', '05983', 3, 'r', 0, 0, 0, 0, 1, 0, '2026-11-02');
INSERT INTO roster.person (person_id, province_code, commune_code, citizen_id, insurance_no, full_name, name_key, name_fold, birth_date,
    birth_precision, sex, ethnic_code, phone, village, household_no, residence, row_hash, file_id, first_seen, updated_at)
VALUES (7, '20', '05977', '020080001234', 'GD4202012345678', 'Nông Văn An', 'nông văn an', 'nong van an', '1980-03-05', 'day', 1, '07',
    '0912345678', 'Bản Mới', 'H1', 'permanent', 'x', 2, '2026-10-01', '2026-11-01');
INSERT INTO roster.person_history (person_id, province_code, commune_code, citizen_id, insurance_no, full_name, birth_date,
    birth_precision, sex, residence, change, end_reason, file_id, end_file_id, valid_from, valid_to)
VALUES (7, '20', '05977', '020080001243', NULL, 'Nông Văn An', '1980-03-05', 'day', 1, 'permanent', 'new', 'changed', 1, 2, '2026-10-01',
        '2026-11-01'),
    (7, '20', '05977', '020080001234', 'GD4202012345678', 'Nông Văn An', '1980-03-05', 'day', 1, 'permanent', 'changed', NULL, 2, NULL,
        '2026-11-01', NULL),
    (8, '20', '05977', '020155004321', NULL, 'Lý Thị Hoà', '1955-01-01', 'year', 2, 'permanent', 'new', 'left', 1, 2, '2026-10-01',
        '2026-11-01');
INSERT INTO roster.person_identifier VALUES
    (7, 'citizen_id', '020080001243', now(), now(), 1), (7, 'citizen_id', '020080001234', now(), now(), 2),
    (7, 'insurance_no', 'GD4202012345678', now(), now(), 2), (7, 'insurance_no', '2012345678', now(), now(), 2),
    (8, 'citizen_id', '020155004321', now(), now(), 1);
INSERT INTO roster.person_group VALUES (7, 'QD2062', '3', 'poor'), (7, 'QD2062', '2', 'disabled');
INSERT INTO roster.claim (province_code, commune_code, person_id, citizen_id, full_name, name_key, name_fold, birth_date, birth_precision,
    sex, residence, groups, row_hash, file_id)
VALUES ('20', '05983', 7, '020080001234', 'Nông Văn An', 'nông văn an', 'nong van an', '1980-03-05', 'day', 1, 'temporary_12m', '', 'x', 3);
SELECT setval(pg_get_serial_sequence('roster.person', 'person_id'), 8);

-- A report that went to two recipients, in doubt.
INSERT INTO reporting.obligation (province_code, obligation, name_vi, issuer, recipient, cadence, legal_basis, certainty)
VALUES ('20', 'monthly_byt', 'x', 'x', 'x', 'monthly', 'x', 'assumed');
INSERT INTO reporting.submission (
    province_code, obligation, period_key, period_from, period_to, due_at, aim_on, state, before_joining, opened_at
)
VALUES ('20', 'monthly_byt', '2026-10', '2026-10-01', '2026-10-31', now(), '2026-11-04', 'sending', FALSE, now());
INSERT INTO reporting.document (submission_id, version, kind, file_name, sha256, content, rendered_at)
VALUES (1, 1, 'pdf', 'b.pdf', encode(sha256('b'), 'hex'), 'b', now()), (1, 1, 'docx', 'a.docx', encode(sha256('a'), 'hex'), 'a', now());
INSERT INTO reporting.outbox (
    submission_id, version, purpose, message_id, recipients, subject, body, document_ids, state, attempts, created_at
)
VALUES (
    1, 1, 'delivery', '<lang_son.monthly_byt.2026-10.v1.delivery@syt.langson.example>', '{a@x.example,b@x.example,a@x.example}',
    'Báo cáo', 'Kính gửi', '{1,2}', 'uncertain', 1, now()
);
