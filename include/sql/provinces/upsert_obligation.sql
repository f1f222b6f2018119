-- Reads nothing; writes one row of reporting.obligation, only when something changed.
INSERT INTO reporting.obligation AS known (
    province_code, obligation, name_vi, issuer, recipient, cadence, legal_basis, certainty, active
)
VALUES (:province_code, :obligation, :name_vi, :issuer, :recipient, :cadence, :legal_basis, :certainty, TRUE)
ON CONFLICT (province_code, obligation) DO UPDATE SET
    name_vi = excluded.name_vi,
    issuer = excluded.issuer,
    recipient = excluded.recipient,
    cadence = excluded.cadence,
    legal_basis = excluded.legal_basis,
    certainty = excluded.certainty,
    active = TRUE
WHERE (
    known.name_vi, known.issuer, known.recipient, known.cadence, known.legal_basis, known.certainty, known.active
) IS DISTINCT FROM (
    excluded.name_vi, excluded.issuer, excluded.recipient, excluded.cadence, excluded.legal_basis, excluded.certainty, TRUE
);
