-- People copied in as new whom the roster may know already: the same number with somebody else now or earlier; the same
-- insurance number with somebody who has no personal number; the same name, birth date and insurance number where the
-- newcomer has none. sangloc.roster.identity decides. Each newcomer is looked up by itself (LATERAL with LIMIT): reading the
-- whole roster for every commune, which the planner may prefer, would cost more with every commune.
-- Reads: roster.person, roster.former_identifier. Writes: nothing.
SELECT n.person_id
FROM roster.person AS n
CROSS JOIN LATERAL (
    SELECT o.person_id FROM roster.person AS o
    WHERE o.citizen_id = n.citizen_id AND o.person_id NOT BETWEEN :first AND :last
    ORDER BY o.citizen_id
    LIMIT 1
) AS met
WHERE n.person_id BETWEEN :first AND :last
UNION
SELECT n.person_id
FROM roster.person AS n
CROSS JOIN LATERAL (
    SELECT o.person_id FROM roster.person AS o
    WHERE o.citizen_id IS NULL AND o.insurance_key = n.insurance_key AND o.person_id NOT BETWEEN :first AND :last
    ORDER BY o.insurance_key
    LIMIT 1
) AS met
WHERE n.person_id BETWEEN :first AND :last
UNION
SELECT n.person_id
FROM roster.person AS n
CROSS JOIN LATERAL (
    SELECT o.person_id FROM roster.person AS o
    WHERE
        o.birth_date = n.birth_date
        AND o.name_fold = n.name_fold
        AND o.insurance_key = n.insurance_key
        AND o.person_id NOT BETWEEN :first AND :last
    ORDER BY o.birth_date, o.name_fold
    LIMIT 1
) AS met
WHERE n.person_id BETWEEN :first AND :last AND n.citizen_id IS NULL
UNION
SELECT n.person_id
FROM roster.person AS n
CROSS JOIN LATERAL (
    SELECT f.person_id FROM roster.former_identifier AS f
    WHERE
        (f.value = n.citizen_id AND f.kind = 'citizen_id')
        OR (f.value = n.insurance_key AND f.kind = 'insurance_no')
    ORDER BY f.value
    LIMIT 1
) AS met
WHERE :anybody_left AND n.person_id BETWEEN :first AND :last
