-- The invitations that are checked. Reads: planning.invitation, planning.plan, roster.person.
SELECT
    i.*,
    concat_ws(' ', i.plan_id, i.person_id) AS row_key,
    (i.session_id IS NULL) = (i.reason_code IS NOT NULL) AS session_or_reason,
    p.person_id IS NOT NULL AND p.commune_code = plan.commune_code AS on_the_communes_roster
FROM planning.invitation AS i
INNER JOIN planning.plan AS plan ON i.plan_id = plan.plan_id
LEFT JOIN roster.person AS p ON i.person_id = p.person_id
WHERE plan.province_code = :province_code
