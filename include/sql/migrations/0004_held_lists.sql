-- Lists that wait for an officer: files that came together, and mails through the reports' outbox.
-- Reads and writes: schemas intake and reporting. Runs as sangloc_owner.

-- A notice belongs to no report; its Message-ID says what it is about and is given out once.
ALTER TABLE reporting.outbox ALTER COLUMN submission_id DROP NOT NULL;
ALTER TABLE reporting.outbox ALTER COLUMN version DROP NOT NULL;
ALTER TABLE reporting.outbox DROP CONSTRAINT outbox_purpose_check;
ALTER TABLE reporting.outbox ADD CONSTRAINT outbox_purpose_check CHECK (purpose IN ('review', 'delivery', 'notice'));
ALTER TABLE reporting.outbox ADD CONSTRAINT outbox_report_or_notice
CHECK ((purpose = 'notice') = (submission_id IS NULL) AND (submission_id IS NULL) = (version IS NULL));

-- Files that one list came in are one question: all of them carry the first one's number. Empty: a file by itself.
ALTER TABLE intake.hold ADD COLUMN delivery bigint;
