-- Two ids were two people after all.
-- Reads: nothing. Writes: health_book.person_merge.
UPDATE health_book.person_merge SET ended_by = :by, ended_at = :now WHERE merge_id = :merge_id
