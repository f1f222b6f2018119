-- Writes: planning.team.
INSERT INTO planning.team (province_code, commune_code, name, persons_per_day)
VALUES (:province_code, :commune_code, :name, :persons_per_day)
ON CONFLICT (commune_code, name) DO UPDATE SET persons_per_day = excluded.persons_per_day
RETURNING team_id
