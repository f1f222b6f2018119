-- One person's book, if there is none.
-- Reads: nothing. Writes: health_book.book.
INSERT INTO health_book.book (person_id, province_code, created_at)
VALUES (:person_id, :province_code, :now)
ON CONFLICT (person_id) DO NOTHING
