-- Reads nothing; writes one row of ref.commune, only when something changed.
INSERT INTO ref.commune AS known (code, province_code, name, kind, latitude, longitude, valid_from, valid_to)
VALUES (:code, :province_code, :name, :kind, :latitude, :longitude, :valid_from, CAST(:valid_to AS date))
ON CONFLICT (code, valid_from) DO UPDATE SET
    province_code = excluded.province_code,
    name = excluded.name,
    kind = excluded.kind,
    latitude = excluded.latitude,
    longitude = excluded.longitude,
    valid_to = excluded.valid_to
WHERE (known.province_code, known.name, known.kind, known.latitude, known.longitude, known.valid_to)
IS DISTINCT FROM (
    excluded.province_code, excluded.name, excluded.kind, excluded.latitude, excluded.longitude, excluded.valid_to
);
