-- Birthdays are followed up to this day, by these rules. Said again, it changes no row.
-- Reads: nothing. Writes: roster.group_day.
INSERT INTO roster.group_day (province_code, reached_on, rules_hash)
VALUES (:province_code, :reached_on, :rules_hash)
ON CONFLICT (province_code) DO UPDATE SET reached_on = excluded.reached_on, rules_hash = excluded.rules_hash
WHERE (group_day.reached_on, group_day.rules_hash) IS DISTINCT FROM (excluded.reached_on, excluded.rules_hash)
