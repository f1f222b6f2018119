-- What each row does to the roster. A person on another commune's list moves here when this listing is news and as
-- strong as that one (permanent before temporary from 12 months before shorter stays; the later list wins among equals).
-- What this commune has listed before, and no more strongly, is no news: the person stays where the last news put them.
-- Who died stays dead though a commune still has the person on its list; a new listing brings the person back.
-- A short stay takes nobody from elsewhere unless the province's rule counts it (short_counts).
-- Reads: roster.person, roster.person_past, roster.claim. Writes: roster_stage.
WITH strength (residence, rank) AS (VALUES ('permanent', 1), ('temporary_12m', 2), ('temporary_short', 3)),

seen AS (
    SELECT
        s.row_id,
        s.person_id,
        s.leaves,
        p.commune_code,
        listing.rank,
        living.rank AS known_rank,
        claimed.rank AS claimed_rank,
        s.residence,
        (
            p.citizen_id IS NOT DISTINCT FROM s.citizen_id
            AND p.insurance_no IS NOT DISTINCT FROM s.insurance_no
            AND p.full_name = s.full_name
            AND p.birth_date = s.birth_date
            AND p.birth_precision = s.birth_precision
            AND p.sex = s.sex
            AND p.ethnic_code IS NOT DISTINCT FROM s.ethnic_code
            AND p.phone IS NOT DISTINCT FROM s.phone
            AND p.village IS NOT DISTINCT FROM s.village
            AND p.household_no IS NOT DISTINCT FROM s.household_no
            AND p.relation IS NOT DISTINCT FROM s.relation
            AND p.guardian_citizen_id IS NOT DISTINCT FROM s.guardian_citizen_id
            AND p.residence = s.residence
            AND p.group_set_id IS NOT DISTINCT FROM s.group_set_id
        ) AS same,
        last_state.commune_code AS last_commune,
        last_state.end_reason AS last_reason
    FROM roster_stage AS s
    INNER JOIN strength AS listing ON s.residence = listing.residence
    LEFT JOIN roster.person AS p ON s.person_id = p.person_id
    LEFT JOIN strength AS living ON p.residence = living.residence
    LEFT JOIN roster.claim AS c ON s.person_id = c.person_id AND c.commune_code = :commune_code
    LEFT JOIN strength AS claimed ON c.residence = claimed.residence
    LEFT JOIN LATERAL (
        SELECT h.commune_code, h.end_reason FROM roster.person_past AS h
        WHERE h.person_id = s.person_id AND p.person_id IS NULL
        ORDER BY h.person_id DESC, h.past_id DESC
        LIMIT 1
    ) AS last_state ON TRUE
),

decided AS (
    SELECT
        row_id,
        commune_code,
        last_commune,
        CASE
            WHEN leaves IS NOT NULL
                THEN
                    CASE
                        WHEN person_id IS NULL THEN 'unknown'
                        WHEN commune_code = :commune_code THEN 'leaves'
                        WHEN claimed_rank IS NOT NULL THEN 'unlists'
                        ELSE 'unknown'
                    END
            WHEN person_id IS NULL THEN 'new'
            WHEN commune_code IS NULL AND last_reason = 'died' AND claimed_rank IS NOT NULL THEN 'claim'
            WHEN commune_code IS NULL THEN 'returned'
            WHEN commune_code = :commune_code THEN CASE WHEN same THEN 'unchanged' ELSE 'changed' END
            WHEN claimed_rank <= rank THEN 'claim'
            WHEN (:short_counts OR residence <> 'temporary_short') AND rank <= known_rank THEN 'moved'
            ELSE 'claim'
        END AS action
    FROM seen
)

UPDATE roster_stage AS s
SET
    action = d.action,
    change = CASE WHEN d.action = 'returned' AND d.last_commune <> :commune_code THEN 'moved' ELSE d.action END,
    person_id = CASE
        WHEN d.action = 'new' THEN nextval('roster.person_person_id_seq')
        ELSE s.person_id
    END
FROM decided AS d
WHERE s.row_id = d.row_id AND s.action IS NULL
RETURNING s.row_id, s.refresh_id, s.person_id, s.action, s.change, d.commune_code AS lived_in
