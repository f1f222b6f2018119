-- Numbers of the events at which the chain does not hold. Reads: audit.broken.
SELECT seq FROM audit.broken ORDER BY seq
