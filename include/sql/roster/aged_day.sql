-- Up to which day birthdays were followed, and by which rules.
-- Reads: roster.group_day. Writes: nothing.
SELECT reached_on, rules_hash
FROM roster.group_day
WHERE province_code = :province_code
