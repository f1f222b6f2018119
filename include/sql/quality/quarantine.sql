-- Puts the rows that break a rule into quarantine; one that was released comes back with a new beginning.
-- Reads: failing (temporary). Writes: quality.quarantine.
INSERT INTO quality.quarantine (province_code, table_name, row_key, rule_id, since)
SELECT
    :province_code,
    :table_name,
    f.row_key,
    :rule_id,
    :at
FROM failing AS f
ON CONFLICT (table_name, row_key, rule_id) DO UPDATE SET
    province_code = excluded.province_code, since = excluded.since, released_at = NULL
WHERE quality.quarantine.released_at IS NOT NULL OR quality.quarantine.province_code <> excluded.province_code
