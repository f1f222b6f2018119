-- Everybody without an appointment, by rank, to the free places at the commune's station, by date.
-- Reads: slot (temporary). Writes: due (temporary).
UPDATE due
SET team_id = place.team_id, session_date = place.session_date
FROM (
    SELECT
        person_id,
        row_number() OVER (ORDER BY rank) AS number
    FROM due
    WHERE session_date IS NULL
) AS waiting
INNER JOIN (
    SELECT
        s.team_id,
        s.session_date,
        s.capacity - count(d.person_id) AS free,
        sum(s.capacity - count(d.person_id)) OVER (ORDER BY s.session_date, s.team_id) AS up_to
    FROM slot AS s
    LEFT JOIN due AS d ON s.team_id = d.team_id AND s.session_date = d.session_date
    WHERE s.village IS NULL
    GROUP BY s.team_id, s.session_date, s.capacity
) AS place ON waiting.number > place.up_to - place.free AND waiting.number <= place.up_to
WHERE due.person_id = waiting.person_id
