-- What the ledger has of a version's approval: the person's own event, sealed with the decision; and whether there is only a
-- task's, from a release whose ledger did not name the person. Reads audit.event.
SELECT
    seq,
    happened_at,
    actor,
    facts ->> 'documents' AS documents,
    task_id = 'decision' AS by_person
FROM audit.event
WHERE
    (
        dag_id = 'reporting'
        AND task_id = 'decision'
        AND outcome = 'approved'
        AND run_id = concat('submission-', cast(:submission AS bigint))
        AND facts -> 'version' = to_jsonb(cast(:version AS integer))
    )
    OR (task_id = 'record_decision' AND outcome = 'success' AND facts ->> 'decided' = :documents)
ORDER BY by_person DESC, seq DESC
LIMIT 1
