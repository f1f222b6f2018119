-- The outcome of one rule: counts only. Writes: quality.finding.
INSERT INTO quality.finding (
    validation_id, rule_id, expectation, column_name, severity, state, element_count, unexpected_count
)
VALUES (
    :validation_id, :rule_id, :expectation, :column_name, :severity, :state, :element_count, :unexpected_count
)
