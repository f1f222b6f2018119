-- Reads: due (temporary). Writes: planning.plan.
INSERT INTO planning.plan (
    province_code, commune_code, year, starts_on, ends_on, due_people, planned_people, unplanned_people, input_hash,
    planned_at, run_id
)
SELECT
    :province_code,
    :commune_code,
    :year,
    :starts_on,
    :ends_on,
    count(*) AS due_people,
    count(*) FILTER (WHERE session_date IS NOT NULL) AS planned_people,
    count(*) FILTER (WHERE session_date IS NULL) AS unplanned_people,
    :input_hash,
    :planned_at,
    :run_id
FROM due
ON CONFLICT (commune_code, year) DO UPDATE
    SET
        starts_on = excluded.starts_on,
        ends_on = excluded.ends_on,
        due_people = excluded.due_people,
        planned_people = excluded.planned_people,
        unplanned_people = excluded.unplanned_people,
        input_hash = excluded.input_hash,
        planned_at = excluded.planned_at,
        run_id = excluded.run_id
RETURNING plan_id, due_people, planned_people, unplanned_people
