-- Lists that wait for an officer's answer, of a province or the one with a file, the longest wait first. Files that came
-- together are one list, known by the first of them.
-- Reads: intake.file, intake.hold, ref.commune, ref.province. Writes: nothing.
WITH waiting AS (
    SELECT
        f.file_id,
        coalesce(h.delivery, h.file_id) AS delivery,
        p.slug,
        f.commune_code,
        coalesce(c.name, f.commune_code) AS commune_name,
        h.reasons,
        h.held_at,
        count(*) OVER together AS files,
        row_number() OVER (together ORDER BY f.file_id) AS place
    FROM intake.hold AS h
    INNER JOIN intake.file AS f ON h.file_id = f.file_id
    INNER JOIN ref.province AS p ON f.province_code = p.code
    LEFT JOIN ref.commune AS c ON f.commune_code = c.code AND c.valid_to IS NULL
    WHERE f.status = 'held' AND h.decision IS NULL
    WINDOW together AS (PARTITION BY coalesce(h.delivery, h.file_id))
)

SELECT delivery AS file_id, slug, commune_code, commune_name, files, reasons, held_at
FROM waiting
WHERE
    place = 1
    AND slug = coalesce(CAST(:slug AS text), slug)
    AND (
        CAST(:file_id AS bigint) IS NULL
        OR delivery = coalesce((SELECT h.delivery FROM intake.hold AS h WHERE h.file_id = :file_id), :file_id)
    )
ORDER BY held_at, delivery
