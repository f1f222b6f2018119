-- One mail for each recipient: refused ones stop alone, waiting ones know when they are tried again; what an officer was shown
-- is held by its hash.
-- Reads: schema reporting. Writes: schema reporting. Runs as sangloc_owner.

-- What was put before the officer: the hash over the version's documents, in the writing of sangloc.reporting.outbox. Only
-- these bytes can be approved and sent.
ALTER TABLE reporting.submission ADD COLUMN documents_hash text CHECK (documents_hash ~ '^[0-9a-f]{64}$');

UPDATE reporting.submission AS s
SET documents_hash = d.hash
FROM (
    SELECT
        c.submission_id,
        c.version,
        encode(
            sha256(convert_to(string_agg(c.sha256 || '  ' || c.file_name, e'\n' ORDER BY c.file_name COLLATE "C"), 'UTF8')), 'hex'
        ) AS hash
    FROM reporting.document AS c
    GROUP BY c.submission_id, c.version
) AS d
WHERE
    s.submission_id = d.submission_id
    AND s.version = d.version
    AND s.state IN ('in_review', 'approved', 'sending', 'delivered', 'acknowledged');

-- topic: what a mail is about, the same for all its recipients. content_hash: over subject, body and files.
-- next_try_at: when a mail that the server refused for now is tried again; empty before the first try.
ALTER TABLE reporting.outbox ADD COLUMN topic text;
ALTER TABLE reporting.outbox ADD COLUMN recipient text;
ALTER TABLE reporting.outbox ADD COLUMN content_hash text CHECK (content_hash ~ '^[0-9a-f]{64}$');
ALTER TABLE reporting.outbox ADD COLUMN next_try_at timestamptz;
ALTER TABLE reporting.outbox DROP CONSTRAINT outbox_submission_id_version_purpose_key;
ALTER TABLE reporting.outbox DROP CONSTRAINT outbox_state_check;
ALTER TABLE reporting.outbox ADD CONSTRAINT outbox_state_check
CHECK (state IN ('pending', 'sending', 'sent', 'uncertain', 'refused', 'withdrawn'));

UPDATE reporting.outbox AS x
SET
    topic = split_part(substr(x.message_id, 2), '@', 1),
    recipient = x.recipients[1],
    content_hash = encode(
        sha256(
            convert_to(
                concat_ws(
                    e'\n',
                    x.subject,
                    x.body,
                    (
                        SELECT string_agg(f.sha256 || '  ' || f.file_name, e'\n' ORDER BY f.file_name COLLATE "C")
                        FROM (
                            SELECT
                                d.sha256,
                                d.file_name
                            FROM reporting.document AS d
                            WHERE d.document_id = any(x.document_ids)
                            UNION ALL
                            SELECT
                                n.sha256,
                                n.file_name
                            FROM reporting.notice_file AS n
                            WHERE n.outbox_id = x.outbox_id
                        ) AS f
                    )
                ),
                'UTF8'
            )
        ),
        'hex'
    );

-- A mail to several was one row: each gets its own, with what is known of all of them.
INSERT INTO reporting.outbox (
    submission_id, version, purpose, message_id, recipients, subject, body, document_ids, state, attempts, last_error,
    created_at, sent_at, topic, recipient, content_hash
)
SELECT
    x.submission_id,
    x.version,
    x.purpose,
    replace(x.message_id, '@', '.' || r.place || '@'),
    x.recipients,
    x.subject,
    x.body,
    x.document_ids,
    x.state,
    x.attempts,
    x.last_error,
    x.created_at,
    x.sent_at,
    x.topic,
    r.address,
    x.content_hash
FROM reporting.outbox AS x
CROSS JOIN LATERAL (
    SELECT
        u.address,
        min(u.place) AS place
    FROM unnest(x.recipients) WITH ORDINALITY AS u (address, place)
    GROUP BY u.address
) AS r
WHERE r.place > 1;

INSERT INTO reporting.notice_file (outbox_id, file_name, kind, sha256, content)
SELECT
    x.outbox_id,
    f.file_name,
    f.kind,
    f.sha256,
    f.content
FROM reporting.outbox AS x
INNER JOIN reporting.outbox AS o ON x.topic = o.topic AND x.outbox_id > o.outbox_id
INNER JOIN reporting.notice_file AS f ON o.outbox_id = f.outbox_id;

ALTER TABLE reporting.outbox ALTER COLUMN topic SET NOT NULL;
ALTER TABLE reporting.outbox ALTER COLUMN recipient SET NOT NULL;
ALTER TABLE reporting.outbox ALTER COLUMN content_hash SET NOT NULL;
ALTER TABLE reporting.outbox DROP COLUMN recipients;
ALTER TABLE reporting.outbox ADD CONSTRAINT outbox_once UNIQUE (topic, recipient);
-- The same bytes of a report never go to the same recipient twice, whatever the version is called.
CREATE UNIQUE INDEX outbox_report_once ON reporting.outbox (submission_id, purpose, recipient, content_hash)
WHERE purpose = 'delivery';
CREATE INDEX outbox_waiting ON reporting.outbox (next_try_at) WHERE state = 'pending';
