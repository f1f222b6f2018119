-- The newest event of the ledger up to an instant. Reads audit.event.
SELECT hash
FROM audit.event
WHERE happened_at <= :at
ORDER BY seq DESC
LIMIT 1
