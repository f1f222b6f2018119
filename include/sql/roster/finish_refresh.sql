-- What a list did to the roster.
-- Reads: nothing. Writes: roster.refresh.
UPDATE roster.refresh
SET
    refreshed_at = :now,
    inserted = :inserted,
    updated = :updated,
    moved_in = :moved_in,
    moved_out = :moved_out,
    closed = :closed,
    unchanged = :unchanged,
    rejected = :rejected,
    people_before = :people_before,
    people_after = :people_after
WHERE refresh_id = :refresh_id
