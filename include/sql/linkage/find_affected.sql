-- The exams whose entry, made without a person, a changed state of the roster can touch: the entry's own person changed, or
-- somebody who changed agrees with that person or with the exam in number, or in birth date and name, or with the exam in
-- birth date and guardian (a twin, or a newborn whose name is said now).
-- Reads: temporary table linkage_changed, health_book.book, health_book.entry, health_book.review, health_book.same_person,
-- exam.encounter, roster.person, roster.former_identifier. Writes: nothing.
WITH touched AS (
    SELECT c.person_id FROM linkage_changed AS c
    UNION
    SELECT p.person_id
    FROM linkage_changed AS c
    INNER JOIN roster.person AS p ON c.birth_date = p.birth_date AND c.name_fold = p.name_fold
    UNION
    SELECT p.person_id
    FROM linkage_changed AS c
    INNER JOIN roster.person AS p ON c.citizen_id = p.citizen_id
    UNION
    SELECT f.person_id
    FROM linkage_changed AS c
    INNER JOIN roster.former_identifier AS f ON c.citizen_id = f.value AND f.kind = 'citizen_id'
    UNION
    SELECT s.kept_person_id
    FROM linkage_changed AS c
    INNER JOIN health_book.same_person AS s ON c.person_id = s.person_id
),

entry AS (
    SELECT n.encounter_id
    FROM touched AS t
    INNER JOIN health_book.book AS b ON t.person_id = b.person_id
    INNER JOIN health_book.entry AS n ON b.book_id = n.book_id
    UNION
    SELECT e.encounter_id
    FROM linkage_changed AS c
    INNER JOIN exam.encounter AS e ON c.citizen_id = e.citizen_id
    UNION
    SELECT e.encounter_id
    FROM health_book.entry AS n
    INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
    INNER JOIN linkage_changed AS c ON e.birth_date = c.birth_date AND e.name_fold = c.name_fold
    WHERE n.method = :by_model
    UNION
    SELECT e.encounter_id
    FROM health_book.entry AS n
    INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
    INNER JOIN linkage_changed AS c ON e.birth_date = c.birth_date AND e.guardian_citizen_id = c.guardian_citizen_id
    WHERE n.method = :by_model
)

SELECT n.encounter_id
FROM entry AS x
INNER JOIN health_book.entry AS n ON x.encounter_id = n.encounter_id
INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
INNER JOIN health_book.book AS b ON n.book_id = b.book_id
LEFT JOIN health_book.review AS r ON n.encounter_id = r.encounter_id
WHERE
    e.province_code = :province_code
    AND e.is_current
    AND n.method IN (:by_rule, :by_model)
    AND (r.state IS NULL OR r.state IN ('open', 'superseded'))
    -- Whoever left the roster keeps the book.
    AND EXISTS (SELECT FROM roster.person AS p WHERE p.person_id = b.person_id)
