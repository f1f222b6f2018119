-- Makes room for the rules as they are now.
-- Reads: nothing. Writes: roster.target_group.
DELETE FROM roster.target_group WHERE province_code = :province_code
