-- Takes an entry out of its book; health_book.entry_past keeps what it was.
-- Reads: nothing. Writes: health_book.entry.
DELETE FROM health_book.entry WHERE entry_id = :entry_id
