-- The exam files that linkage has not worked with.
-- Reads: intake.file, health_book.seen. Writes: nothing.
SELECT f.file_id
FROM intake.file AS f
WHERE
    f.province_code = :province_code
    AND f.kind = 'exam'
    AND f.status = 'loaded'
    AND NOT EXISTS (SELECT FROM health_book.seen AS s WHERE s.kind = 'exam_file' AND s.id = f.file_id)
