-- Those for whom the station has no place, by rank, to the free places of mobile teams in their own village, by date.
-- Reads: slot (temporary). Writes: due (temporary).
UPDATE due
SET team_id = place.team_id, session_date = place.session_date
FROM (
    SELECT
        person_id,
        village,
        row_number() OVER (PARTITION BY village ORDER BY rank) AS number
    FROM due
    WHERE session_date IS NULL
) AS waiting
INNER JOIN (
    SELECT
        s.village,
        s.team_id,
        s.session_date,
        s.capacity - count(d.person_id) AS free,
        sum(s.capacity - count(d.person_id))
            OVER (PARTITION BY s.village ORDER BY s.session_date, s.team_id) AS up_to
    FROM slot AS s
    LEFT JOIN due AS d ON s.team_id = d.team_id AND s.session_date = d.session_date
    WHERE s.village IS NOT NULL
    GROUP BY s.village, s.team_id, s.session_date, s.capacity
) AS place
    ON
        waiting.village = place.village
        AND waiting.number > place.up_to - place.free
        AND waiting.number <= place.up_to
WHERE due.person_id = waiting.person_id
