-- Whether the ledger has a successful event that names the manifest, one that names the document, and the head the manifest
-- names. Reads audit.event.
SELECT
    EXISTS(
        SELECT FROM audit.event WHERE outcome = 'success' AND facts ->> 'manifest' = :manifest AND facts ->> 'figures_hash' = :figures
    ) AS manifest,
    EXISTS(SELECT FROM audit.event WHERE outcome = 'success' AND facts -> 'documents' ->> :kind = :document) AS document,
    cast(:head AS text) IS NULL OR EXISTS (SELECT FROM audit.event WHERE hash = :head) AS head
