-- The versions that a file brought, new ones and known ones; was_signed says how each stood before. Of one that came again:
-- the day of making and the place in the order of arrival that it now may take, and whether its record came signed.
-- Reads: nothing. Writes: temporary table exam_touched.
CREATE TEMPORARY TABLE exam_touched (
    encounter_id bigint PRIMARY KEY,
    facility_code text NOT NULL,
    ma_lk text NOT NULL,
    source_class text NOT NULL,
    is_new boolean NOT NULL,
    was_signed boolean NOT NULL,
    came_signed boolean NOT NULL DEFAULT FALSE,
    made_on text,
    arrival bigint
) ON COMMIT DROP
