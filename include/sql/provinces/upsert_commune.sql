-- Reads nothing; writes one row of ref.commune, only when something changed.
INSERT INTO ref.commune AS known (
    code, province_code, name, kind, latitude, longitude, valid_from, valid_to, population, population_certainty, area,
    ethnic_area, island, border
)
VALUES (
    :code, :province_code, :name, :kind, :latitude, :longitude, :valid_from, CAST(:valid_to AS date),
    CAST(:population AS integer), CAST(:population_certainty AS text), CAST(:area AS text), CAST(:ethnic_area AS boolean),
    CAST(:island AS boolean), CAST(:border AS boolean)
)
ON CONFLICT (code, valid_from) DO UPDATE SET
    province_code = excluded.province_code,
    name = excluded.name,
    kind = excluded.kind,
    latitude = excluded.latitude,
    longitude = excluded.longitude,
    valid_to = excluded.valid_to,
    population = excluded.population,
    population_certainty = excluded.population_certainty,
    area = excluded.area,
    ethnic_area = excluded.ethnic_area,
    island = excluded.island,
    border = excluded.border
WHERE (
    known.province_code, known.name, known.kind, known.latitude, known.longitude, known.valid_to, known.population,
    known.population_certainty, known.area, known.ethnic_area, known.island, known.border
) IS DISTINCT FROM (
    excluded.province_code, excluded.name, excluded.kind, excluded.latitude, excluded.longitude, excluded.valid_to,
    excluded.population, excluded.population_certainty, excluded.area, excluded.ethnic_area, excluded.island,
    excluded.border
);
