-- A number somebody has again is no former one.
-- Reads: roster_stage. Writes: roster.former_identifier.
DELETE FROM roster.former_identifier AS f
USING roster_stage AS s
WHERE
    f.person_id = s.person_id
    AND s.action IN ('returned', 'changed', 'moved')
    AND f.value = CASE f.kind
        WHEN 'citizen_id' THEN s.citizen_id
        WHEN 'insurance_no' THEN s.insurance_key
        ELSE s.insurance_no
    END
