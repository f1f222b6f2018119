-- The board of a province for a year: every obligation and period that ends in it or is due in it.
-- Reads reporting.board.
SELECT
    submission_id,
    obligation,
    name_vi,
    cadence,
    period_key,
    period_from,
    period_to,
    due_at,
    aim_on,
    state,
    state_since,
    version,
    before_joining,
    opened_at,
    delivered_at,
    acknowledged_at,
    standing,
    days_late,
    corrections,
    as_of
FROM reporting.board
WHERE
    slug = :slug
    AND active
    AND :year IN (extract(YEAR FROM period_to), extract(YEAR FROM due_at AT TIME ZONE 'Asia/Ho_Chi_Minh'))
ORDER BY due_at, obligation, period_key
