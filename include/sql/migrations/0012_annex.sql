-- A report has an annex of figures by commune, a workbook beside its two documents.
-- Writes: schema reporting. Runs as sangloc_owner.

ALTER TABLE reporting.document DROP CONSTRAINT document_kind_check;
ALTER TABLE reporting.document ADD CONSTRAINT document_kind_check CHECK (kind IN ('docx', 'pdf', 'xlsx'));
