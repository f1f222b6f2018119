-- Takes back a submission's mails that have not gone out: those of one purpose of its version, and all of versions before it.
-- Nobody has to find out either whether the officer got the mail about a version that another has replaced.
-- Writes reporting.outbox.
UPDATE reporting.outbox
SET state = 'withdrawn'
WHERE
    submission_id = :submission
    AND (
        (state IN ('pending', 'refused') AND (version < :version OR (version = :version AND purpose = :purpose)))
        OR (state = 'uncertain' AND version < :version AND purpose = 'review')
    )
