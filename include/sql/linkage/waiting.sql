-- Open cases of a province. Those without anybody who could be meant are of people on no list, and wait for no decision.
-- Reads: health_book.review. Writes: nothing.
SELECT
    count(*) FILTER (WHERE candidate_person_ids <> '{}') AS in_review,
    count(*) FILTER (WHERE candidate_person_ids = '{}') AS not_on_roster
FROM health_book.review
WHERE province_code = :province_code AND state = 'open'
