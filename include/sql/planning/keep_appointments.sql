-- Whoever is still due keeps an appointment already given, as long as the team still works that day and the place is
-- within its capacity; so does whoever was invited so recently that the results may still be on their way.
-- Reads: planning.invitation, planning.session, slot (temporary). Writes: due (temporary).
UPDATE due
SET team_id = kept.team_id, session_date = kept.session_date
FROM (
    SELECT
        d.person_id,
        s.team_id,
        s.session_date,
        CASE WHEN s.session_date <= :today THEN s.capacity ELSE slot.capacity END AS capacity,
        row_number() OVER (PARTITION BY s.session_id ORDER BY d.rank) AS place
    FROM planning.invitation AS i
    INNER JOIN planning.session AS s ON i.session_id = s.session_id
    INNER JOIN due AS d ON i.person_id = d.person_id
    LEFT JOIN slot ON s.team_id = slot.team_id AND s.session_date = slot.session_date
    WHERE
        i.plan_id = :plan_id
        AND s.session_date >= :keep_from
        AND (slot.village IS NULL OR slot.village = d.village)
) AS kept
WHERE due.person_id = kept.person_id AND kept.place <= kept.capacity
