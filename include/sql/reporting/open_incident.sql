-- Opens the submission of an ad-hoc report, which nobody could expect. Writes reporting.submission.
INSERT INTO reporting.submission (
    province_code, obligation, period_key, period_from, period_to, due_at, aim_on, state, before_joining, incident,
    run_id, opened_at, state_since
)
VALUES (
    :province, :obligation, :period_key, :period_from, :period_to, :due_at, :aim_on, 'collecting', :before_joining,
    cast(:incident AS jsonb), :run_id, :now, :now
)
RETURNING submission_id
