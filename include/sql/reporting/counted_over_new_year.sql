-- Where the period reaches over New Year, a person who counts in both years counts in the period by the earlier examination.
-- Reads and writes temporary table exam.
UPDATE exam AS later
SET in_period = FALSE
FROM exam AS earlier
WHERE
    :first_year < :year
    AND later.in_period
    AND earlier.in_period
    AND later.person_id = earlier.person_id
    AND later.exam_date > earlier.exam_date
