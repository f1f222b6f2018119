-- The plans that are checked. Reads: planning.plan, planning.invitation.
SELECT
    p.*,
    CAST(p.plan_id AS text) AS row_key,
    p.due_people = p.planned_people + p.unplanned_people AS sums_agree,
    p.due_people = i.invited + i.not_invited
    AND p.planned_people = i.invited AS everybody_accounted_for
FROM planning.plan AS p
CROSS JOIN
    LATERAL (
        SELECT
            count(session_id) AS invited,
            count(reason_code) AS not_invited
        FROM planning.invitation
        WHERE plan_id = p.plan_id
    ) AS i
WHERE p.province_code = :province_code
