-- Reads nothing; writes one row of ref.exam_source, only when something changed.
INSERT INTO ref.exam_source AS known (province_code, source, rank, kind)
VALUES (:province_code, :source, :rank, :kind)
ON CONFLICT (province_code, source) DO UPDATE SET rank = excluded.rank, kind = excluded.kind
WHERE (known.rank, known.kind) IS DISTINCT FROM (excluded.rank, excluded.kind);
