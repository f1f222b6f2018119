-- What a run has worked with; a file that was seen in an earlier run stays seen.
-- Reads: nothing. Writes: health_book.seen.
INSERT INTO health_book.seen (province_code, kind, id)
SELECT :province_code, 'exam_file', file_id FROM unnest(CAST(:files AS bigint[])) AS f (file_id)
UNION ALL
SELECT :province_code, 'refresh', refresh_id FROM unnest(CAST(:refreshes AS bigint[])) AS r (refresh_id)
ON CONFLICT DO NOTHING
