-- One decision of a person.
-- Reads: nothing. Writes: health_book.decision.
INSERT INTO health_book.decision (
    province_code, facility_code, ma_lk, source_class, review_id, encounter_id, encounter_version, answer, reason_code,
    model_version, decided_by, decided_at
)
VALUES (
    :province_code, :facility_code, :ma_lk, :source_class, :review_id, :encounter_id, :version, :answer, :reason_code,
    :model_version, :by, :now
)
RETURNING decision_id
