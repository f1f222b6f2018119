-- Rejected rows that came back corrected. A reference names file, sheet (its place among the sheets with rejects, 0 when the
-- file has none) and row, as sangloc.roster.returned writes it.
-- Reads: intake.file. Writes: intake.reject.
UPDATE intake.reject AS r
SET corrected_in = :file_id
FROM (
    SELECT
        j.reject_id,
        j.file_id,
        j.row_number,
        CASE WHEN j.sheet IS NULL THEN 0 ELSE dense_rank() OVER (PARTITION BY j.file_id ORDER BY j.sheet) END AS sheet_number
    FROM intake.reject AS j
    INNER JOIN intake.file AS f ON j.file_id = f.file_id
    WHERE
        j.file_id = ANY(CAST(:files AS bigint[]))
        AND j.row_number > 0
        AND f.province_code = :province_code
        AND f.commune_code = :commune_code
) AS known
INNER JOIN unnest(CAST(:files AS bigint[]), CAST(:sheets AS integer[]), CAST(:rows AS integer[])) AS back (
    file_id, sheet_number, row_number
)
    ON
        known.file_id = back.file_id
        AND known.sheet_number = back.sheet_number
        AND known.row_number = back.row_number
WHERE r.reject_id = known.reject_id
