-- Entries made by the rules whose person is on the roster and no longer meets the rule of find_links.sql: number, birth
-- date or name changed, or a second person agrees as well. Their exams become cases again. People who left the roster
-- keep their entries, and what a person decided stays.
-- Reads: exam.encounter, health_book.book, health_book.review, roster.person, roster.person_identifier.
-- Writes: health_book.entry.
WITH entry AS (
    SELECT
        n.entry_id,
        b.person_id,
        e.citizen_id,
        e.guardian_citizen_id,
        e.birth_date,
        e.birth_precision,
        e.name_key
    FROM health_book.entry AS n
    INNER JOIN health_book.book AS b ON n.book_id = b.book_id
    INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
    LEFT JOIN health_book.review AS r ON n.encounter_id = r.encounter_id
    WHERE
        n.method = :method
        AND e.province_code = :province_code
        AND e.is_current
        AND (r.state IS NULL OR r.state IN ('open', 'superseded'))
),

disagreeing AS (
    SELECT x.entry_id
    FROM entry AS x
    INNER JOIN roster.person AS p ON x.person_id = p.person_id AND p.province_code = :province_code
    WHERE
        x.birth_date <> p.birth_date
        OR x.birth_precision <> 'day'
        OR p.birth_precision <> 'day'
        OR x.name_key <> p.name_key
        OR x.citizen_id IS NULL
        OR x.citizen_id IS NOT DISTINCT FROM x.guardian_citizen_id
        OR NOT (
            x.citizen_id IS NOT DISTINCT FROM p.citizen_id
            OR EXISTS (
                SELECT FROM roster.person_identifier AS i
                WHERE i.person_id = p.person_id AND i.kind = 'citizen_id' AND i.value = x.citizen_id
            )
        )
),

rivalled AS (
    SELECT x.entry_id
    FROM entry AS x
    INNER JOIN roster.person AS p ON x.person_id = p.person_id AND p.province_code = :province_code
    INNER JOIN roster.person AS q ON x.birth_date = q.birth_date AND x.name_key = q.name_key
    WHERE
        q.person_id <> x.person_id
        AND q.province_code = :province_code
        AND q.birth_precision = 'day'
        AND (
            x.citizen_id = q.citizen_id
            OR EXISTS (
                SELECT FROM roster.person_identifier AS i
                WHERE i.person_id = q.person_id AND i.kind = 'citizen_id' AND i.value = x.citizen_id
            )
        )
)

DELETE FROM health_book.entry AS n
USING (
    SELECT entry_id FROM disagreeing
    UNION
    SELECT entry_id FROM rivalled
) AS d
WHERE n.entry_id = d.entry_id
