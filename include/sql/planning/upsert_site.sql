-- Writes: planning.site.
INSERT INTO planning.site (province_code, commune_code, name, kind)
VALUES (:province_code, :commune_code, :name, :kind)
ON CONFLICT (commune_code, name) DO UPDATE SET kind = excluded.kind
RETURNING site_id
