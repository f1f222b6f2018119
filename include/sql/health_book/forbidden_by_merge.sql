-- Exams in either person's book that a decision keeps out of the other's.
-- Reads: health_book.entry, health_book.book, health_book.never, exam.encounter. Writes: nothing.
SELECT count(*)
FROM health_book.book AS b
INNER JOIN health_book.entry AS n ON b.book_id = n.book_id
INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
INNER JOIN health_book.never AS v
    ON
        e.province_code = v.province_code
        AND e.facility_code = v.facility_code
        AND e.ma_lk = v.ma_lk
        AND e.source_class = v.source_class
WHERE (b.person_id = :dropped AND v.person_id = :kept) OR (b.person_id = :kept AND v.person_id = :dropped)
