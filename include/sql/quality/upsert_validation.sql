-- The outcome of a suite in one run; running it again replaces the outcome. Writes: quality.validation.
INSERT INTO quality.validation (
    province_code, suite, table_name, run_id, state, max_severity, evaluated, unsuccessful, validated_at
)
VALUES (
    :province_code, :suite, :table_name, :run_id, :state, :max_severity, :evaluated, :unsuccessful, :validated_at
)
ON CONFLICT (province_code, suite, run_id) DO UPDATE
    SET
        table_name = excluded.table_name,
        state = excluded.state,
        max_severity = excluded.max_severity,
        evaluated = excluded.evaluated,
        unsuccessful = excluded.unsuccessful,
        validated_at = excluded.validated_at
RETURNING validation_id
