-- Which version of an exam counts, what its columns hold, and the 24 hours. Writes: schemas exam, intake, stats.
-- Runs as sangloc_owner.

-- A facility may use one MA_LK for a check-up and for an insurance claim: they are two records.
ALTER TABLE exam.encounter
ADD COLUMN source_class text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN source = 'insurance' OR form = 'TONG_HOP' THEN 'insurance' ELSE 'check_up' END
) STORED,
-- Whether the version came with its facility's signature.
ADD COLUMN signed boolean NOT NULL DEFAULT FALSE,
-- The order in which versions came in, the last time each did: number of the load, then place in the file.
ADD COLUMN arrival bigint NOT NULL DEFAULT 0,
-- Codes of the identity fields that stand in columns exactly as they came; all others are findings.
ADD COLUMN held_codes text [] NOT NULL DEFAULT '{}';

UPDATE exam.encounter AS e
SET
    arrival = e.encounter_id,
    signed = EXISTS (SELECT FROM exam.finding AS f WHERE f.encounter_id = e.encounter_id AND f.part = 'CHUKYDONVI');

CREATE SEQUENCE exam.load AS bigint;
GRANT USAGE ON SEQUENCE exam.load TO sangloc_loader;

ALTER TABLE exam.encounter DROP CONSTRAINT encounter_province_code_facility_code_ma_lk_content_hash_key;
ALTER TABLE exam.encounter ADD UNIQUE (province_code, facility_code, ma_lk, source_class, content_hash);
DROP INDEX exam.encounter_one_current;
CREATE UNIQUE INDEX encounter_one_current
ON exam.encounter (province_code, facility_code, ma_lk, source_class) WHERE is_current;

CREATE OR REPLACE VIEW stats.examined AS
SELECT
    b.person_id,
    b.province_code,
    e.encounter_id,
    c.encounter_id AS record_id,
    e.source,
    e.form,
    e.exam_date,
    e.payer_code,
    e.result_class
FROM health_book.entry AS n
INNER JOIN health_book.book AS b ON n.book_id = b.book_id
INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
LEFT JOIN exam.encounter AS c
    ON
        e.province_code = c.province_code
        AND e.facility_code = c.facility_code
        AND e.ma_lk = c.ma_lk
        AND e.source_class = c.source_class
        AND c.is_current;

-- When each concluded record first came in. QĐ 1551/QĐ-BYT gives 24 hours from the conclusion; a correction sent later does
-- not make a record late. concluded_at is that of the version in force.
CREATE VIEW stats.arrival AS
SELECT
    e.encounter_id,
    e.province_code,
    e.source,
    e.facility_code,
    e.exam_date,
    (date_trunc('month', e.concluded_at AT TIME ZONE 'Asia/Ho_Chi_Minh'))::date AS month,
    e.concluded_at,
    f.first_received_at,
    greatest(extract(EPOCH FROM f.first_received_at - e.concluded_at) / 3600 - 24, 0)::numeric(12, 2) AS hours_late
FROM exam.encounter AS e
INNER JOIN LATERAL (
    SELECT min(v.received_at) AS first_received_at
    FROM exam.encounter AS v
    WHERE
        v.province_code = e.province_code
        AND v.facility_code = e.facility_code
        AND v.ma_lk = e.ma_lk
        AND v.source_class = e.source_class
) AS f ON TRUE
WHERE e.is_current;

-- The same by facility and month.
CREATE VIEW exam.timeliness AS
SELECT
    province_code,
    source,
    facility_code,
    month,
    count(*) AS records,
    count(*) FILTER (WHERE hours_late = 0) AS on_time,
    count(*) FILTER (WHERE hours_late > 0) AS late,
    (percentile_cont(0.5) WITHIN GROUP (ORDER BY hours_late) FILTER (WHERE hours_late > 0))::numeric(12, 2)
        AS median_hours_late,
    max(hours_late) AS most_hours_late
FROM stats.arrival
GROUP BY province_code, source, facility_code, month;

GRANT SELECT ON exam.timeliness TO sangloc_loader;
GRANT SELECT ON stats.arrival TO sangloc_loader, sangloc_report;

-- What a file brought: for the run's counts and what goes back to the sender.
CREATE INDEX encounter_file ON exam.encounter (file_id);

-- Findings are only ever written by the transaction that writes their encounter, and neither is removed: checking each of a
-- million exams' hundred findings by itself took a third of the loading.
ALTER TABLE exam.finding DROP CONSTRAINT finding_encounter_id_fkey;
