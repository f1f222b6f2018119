-- The exams whose entry, made without a person, a changed state of the roster can touch: the entry's own person changed, or
-- somebody who changed agrees with that person or with the exam in number, or in birth date and name, or with the exam in
-- birth date and guardian (a twin, or a newborn whose name is said now), or may be meant as well as the entry's person, who does
-- not agree with the exam in full: of the same name, or born that day in the commune.
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

inexact AS (
    SELECT
        e.encounter_id, e.name_fold, e.birth_date, e.commune_code,
        e.birth_date <> p.birth_date AS other_birth,
        e.name_fold <> p.name_fold AS other_name
    FROM health_book.entry AS n
    INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
    INNER JOIN health_book.book AS b ON n.book_id = b.book_id
    INNER JOIN roster.person AS p ON b.person_id = p.person_id
    WHERE n.method = :by_model AND (e.birth_date <> p.birth_date OR e.name_fold <> p.name_fold)
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
    UNION
    SELECT i.encounter_id
    FROM inexact AS i
    INNER JOIN linkage_changed AS c ON i.name_fold = c.name_fold
    WHERE i.other_birth
    UNION
    SELECT i.encounter_id
    FROM inexact AS i
    INNER JOIN linkage_changed AS c ON i.birth_date = c.birth_date AND i.commune_code = c.commune_code
    WHERE i.other_name
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
