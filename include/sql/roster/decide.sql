-- What each row does to the roster. A person on another commune's list moves here when this listing is as strong as
-- that one (permanent before temporary from 12 months before shorter stays; the later list wins among equals). A short
-- stay takes nobody from elsewhere unless the province's rule counts it (short_counts).
-- Reads: roster.person. Writes: roster_stage.
UPDATE roster_stage AS s
SET
    action = CASE
        WHEN s.person_id IS NULL THEN 'new'
        WHEN known.person_id IS NULL THEN 'returned'
        WHEN known.commune_code = s.commune_code THEN 'changed'
        WHEN
            (:short_counts OR s.residence <> 'temporary_short')
            AND array_position(ARRAY['permanent', 'temporary_12m', 'temporary_short'], s.residence)
            <= array_position(ARRAY['permanent', 'temporary_12m', 'temporary_short'], known.residence)
            THEN 'moved'
        ELSE 'claim'
    END,
    person_id = coalesce(s.person_id, nextval(pg_get_serial_sequence('roster.person', 'person_id')))
FROM roster_stage AS row_of
LEFT JOIN roster.person AS known ON row_of.person_id = known.person_id
WHERE s.row_id = row_of.row_id AND s.action IS NULL
