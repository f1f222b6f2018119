-- Why a file was refused: its reject of row 0.
-- Reads: intake.reject. Writes: nothing.
SELECT message FROM intake.reject WHERE file_id = :file_id AND row_number = 0
