-- Forgets the candidates of one kind of number before the next.
-- Reads: nothing. Writes: roster_candidate.
DELETE FROM roster_candidate
