-- Reads nothing; writes one row of ref.province, only when something changed.
INSERT INTO ref.province AS known (code, slug, name, population, population_source, joined_on)
VALUES (:code, :slug, :name, :population, :population_source, :joined_on)
ON CONFLICT (code) DO UPDATE SET
    slug = excluded.slug,
    name = excluded.name,
    population = excluded.population,
    population_source = excluded.population_source,
    joined_on = excluded.joined_on
WHERE (known.slug, known.name, known.population, known.population_source, known.joined_on)
IS DISTINCT FROM (excluded.slug, excluded.name, excluded.population, excluded.population_source, excluded.joined_on);
