-- What an officer decided about a file that was held; empty when nobody has.
-- Reads: intake.hold. Writes: nothing.
SELECT decision FROM intake.hold WHERE file_id = :file_id
