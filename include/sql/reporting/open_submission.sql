-- Opens the submission of an obligation and period. Writes reporting.submission.
INSERT INTO reporting.submission (
    province_code, obligation, period_key, period_from, period_to, due_at, aim_on, state, before_joining, incident,
    run_id, opened_at
)
VALUES (
    :province, :obligation, :period_key, :period_from, :period_to, :due_at, :aim_on, 'collecting', :before_joining,
    cast(:incident AS jsonb), :run_id, :now
)
RETURNING submission_id
