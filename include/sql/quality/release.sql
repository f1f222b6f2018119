-- Releases the rows that no longer break a rule. Reads: failing (temporary). Writes: quality.quarantine.
UPDATE quality.quarantine AS q
SET released_at = :at
WHERE
    q.province_code = :province_code
    AND q.table_name = :table_name
    AND q.rule_id = :rule_id
    AND q.released_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM failing AS f
        WHERE f.row_key = q.row_key
    )
