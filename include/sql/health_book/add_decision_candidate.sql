-- One person who was shown with a decision.
-- Reads: roster.person. Writes: health_book.decision_candidate.
INSERT INTO health_book.decision_candidate (decision_id, person_id, refresh_id, place, probability, verdict)
VALUES (
    :decision_id,
    :person_id,
    (SELECT p.refresh_id FROM roster.person AS p WHERE p.person_id = :person_id),
    :place,
    :probability,
    :verdict
)
