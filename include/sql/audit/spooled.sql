-- Whether the event kept on disk as :spool is in the chain already. Reads: audit.event.
SELECT EXISTS(SELECT 1 FROM audit.event WHERE facts ->> 'spool' = :spool)
