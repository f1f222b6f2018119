-- A hash of who is due and with what priority; equal hashes mean that planning again would change nothing.
-- Reads: due (temporary). Writes: nothing.
SELECT
    encode(
        sha256(convert_to(coalesce(
            string_agg(concat_ws(',', person_id, priority, group_code), ';' ORDER BY person_id), ''
        ), 'UTF8')),
        'hex'
    ) AS people_hash,
    count(*) AS due
FROM due
