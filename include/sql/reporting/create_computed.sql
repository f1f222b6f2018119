-- The figures computed so far, for indicators that are made of others.
-- Reads nothing. Writes temporary table computed, which ends with the transaction.
CREATE TEMPORARY TABLE computed (
    indicator text NOT NULL,
    breakdown text NOT NULL,
    key text NOT NULL,
    numerator numeric,
    denominator numeric
) ON COMMIT DROP
