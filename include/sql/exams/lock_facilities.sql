-- Lets only one file at a time decide on versions of a facility's exams; in one order, so that two files cannot wait for each other.
-- Reads: temporary table exam_in. Writes: nothing.
SELECT count(pg_advisory_xact_lock(hashtextextended('exam.encounter:' || CAST(:province_code AS text) || ':' || facility_code, 0)))
FROM (SELECT DISTINCT facility_code FROM exam_in ORDER BY facility_code) AS f
