-- Who changes entries in this transaction, why and when: the history of entries takes it from here.
-- Reads: nothing. Writes: settings of the transaction.
SELECT
    set_config('sangloc.by', :by, TRUE),
    set_config('sangloc.reason', :reason, TRUE),
    set_config('sangloc.now', :now, TRUE),
    -- A long linkage holds the province's lock; nobody waits for it in front of a page.
    set_config('lock_timeout', '10s', TRUE)
