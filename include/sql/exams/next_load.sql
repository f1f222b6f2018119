-- The number of a load, in the order of loads.
-- Reads: sequence exam.load. Writes: sequence exam.load.
SELECT nextval('exam.load')
