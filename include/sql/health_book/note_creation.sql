-- What the yearly run opened in a commune; a run that opens nothing changes nothing.
-- Reads: roster.person. Writes: health_book.creation.
INSERT INTO health_book.creation AS c (
    province_code, commune_code, year, people, opened, first_run_at, last_opened_at, run_id
)
SELECT
    :province_code,
    :commune_code,
    :year,
    (
        SELECT count(*) FROM roster.person AS p
        WHERE p.province_code = :province_code AND p.commune_code = :commune_code
    ),
    :opened,
    :now,
    CASE WHEN :opened > 0 THEN CAST(:now AS timestamptz) END,
    :run_id
ON CONFLICT (province_code, commune_code, year) DO UPDATE SET
    people = excluded.people,
    opened = c.opened + excluded.opened,
    last_opened_at = excluded.last_opened_at,
    run_id = excluded.run_id
WHERE excluded.opened > 0
