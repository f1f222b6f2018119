-- The links that the model is sure of.
-- Reads: temporary table linkage_score. Writes: temporary table linkage_link.
INSERT INTO linkage_link (encounter_id, person_id, listed_person_id, method, probability, model_version)
SELECT s.encounter_id, s.person_id, s.listed_person_id, :by_model, s.probability, :model_version
FROM linkage_score AS s
WHERE s.place = 1 AND s.accepted
