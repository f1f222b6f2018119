-- The pairs waiting for a person's decision that are checked. Reads: health_book.review, health_book.entry.
SELECT
    r.*,
    CAST(r.review_id AS text) AS row_key,
    r.state <> 'open' OR e.entry_id IS NULL AS open_is_unlinked
FROM health_book.review AS r
LEFT JOIN health_book.entry AS e ON r.encounter_id = e.encounter_id
WHERE r.province_code = :province_code
