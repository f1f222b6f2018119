-- Facilities named in exams become known; the 13-digit number is added when it was missing.
-- Reads: temporary table exam_in. Writes: ref.facility.
INSERT INTO ref.facility AS f (code, gln, province_code)
SELECT facility_code, max(gln), :province_code
FROM exam_in
GROUP BY facility_code
ORDER BY facility_code
ON CONFLICT (province_code, code) DO UPDATE SET gln = excluded.gln
WHERE f.gln IS NULL AND excluded.gln IS NOT NULL
