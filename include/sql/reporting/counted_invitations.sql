-- People due this year according to the plans, by commune: with a place in a session, or the reason why there is none. Who
-- moved stands in the plans of two communes until the first is planned again, and counts in the one of today.
-- Reads stats.plan, stats.invitation, stats.moved_away, stats.population. Writes temporary table invited, which ends with the transaction.
CREATE TEMPORARY TABLE invited ON COMMIT DROP AS
WITH planned AS (
    SELECT
        plan_id,
        commune_code
    FROM stats.plan
    WHERE province_code = :province AND year = :year
),

twice AS (
    SELECT DISTINCT
        f.plan_id,
        i.person_id,
        i.session_id,
        i.reason_code
    FROM stats.moved_away AS m
    INNER JOIN planned AS f ON m.commune_code = f.commune_code
    INNER JOIN stats.population AS p ON m.person_id = p.person_id AND m.commune_code <> p.commune_code
    INNER JOIN planned AS t ON p.commune_code = t.commune_code
    INNER JOIN stats.invitation AS i ON f.plan_id = i.plan_id AND m.person_id = i.person_id
    INNER JOIN stats.invitation AS again ON t.plan_id = again.plan_id AND m.person_id = again.person_id
    WHERE m.province_code = :province
),

counted AS (
    SELECT
        plan_id,
        reason_code,
        count(session_id) AS invited,
        count(*) AS due
    FROM stats.invitation
    GROUP BY plan_id, reason_code
    UNION ALL
    SELECT
        plan_id,
        reason_code,
        -count(session_id) AS invited,
        -count(*) AS due
    FROM twice
    GROUP BY plan_id, reason_code
)

SELECT
    p.commune_code,
    c.reason_code,
    cast(sum(c.invited) AS bigint) AS invited,
    cast(sum(c.due) AS bigint) AS due
FROM counted AS c
INNER JOIN planned AS p ON c.plan_id = p.plan_id
GROUP BY p.commune_code, c.reason_code
