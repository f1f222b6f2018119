-- How many rows were ever inserted, updated or deleted in the tables that hold results, by schema.
-- Left out: audit, quality and when the watch last looked, which record every run by design.
-- Reads: PostgreSQL's statistics. Writes: nothing.
SELECT
    schemaname AS area,
    sum(n_tup_ins + n_tup_upd + n_tup_del) AS changes
FROM pg_stat_user_tables
WHERE schemaname IN ('ref', 'intake', 'roster', 'exam', 'health_book', 'planning', 'reporting')
    AND (schemaname, relname) <> ('reporting', 'watched')
GROUP BY schemaname
ORDER BY schemaname
