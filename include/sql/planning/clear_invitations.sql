-- Writes: planning.invitation.
DELETE FROM planning.invitation
WHERE plan_id = :plan_id
