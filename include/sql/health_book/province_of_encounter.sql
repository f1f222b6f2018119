-- Whose lock a change of an exam's entry needs.
-- Reads: exam.encounter. Writes: nothing.
SELECT province_code FROM exam.encounter WHERE encounter_id = :encounter_id
