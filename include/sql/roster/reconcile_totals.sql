-- The province's gaps, added up.
-- Reads: roster.gap, roster.residence_conflict. Writes: nothing.
SELECT
    count(*) AS communes,
    count(*) FILTER (WHERE g.last_refresh_at IS NULL) AS communes_without_list,
    coalesce(sum(g.people), 0) AS people,
    coalesce(sum(g.population), 0) AS population,
    coalesce(sum(g.rejected), 0) AS rejected,
    (SELECT count(DISTINCT k.person_id) FROM roster.residence_conflict AS k WHERE k.province_code = :province_code) AS conflicts,
    coalesce(sum(g.unlisted), 0) AS unlisted,
    coalesce(sum(g.files_held), 0) AS files_held,
    coalesce(sum(g.files_refused), 0) AS files_refused
FROM roster.gap AS g
WHERE g.province_code = :province_code
