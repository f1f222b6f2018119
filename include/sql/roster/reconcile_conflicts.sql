-- People on the lists of two communes, for both: as the commune itself has them, and what the other one says.
-- Reads: roster.residence_conflict, roster.person, roster.claim, ref.commune. Writes: nothing.
SELECT
    k.commune_code,
    p.full_name,
    p.name_fold,
    p.birth_date,
    p.birth_precision,
    p.sex,
    p.citizen_id,
    p.village,
    k.residence,
    other.name AS other_commune,
    k.other_residence,
    TRUE AS counted
FROM roster.residence_conflict AS k
INNER JOIN roster.person AS p ON k.person_id = p.person_id
INNER JOIN ref.commune AS other ON k.other_commune_code = other.code AND other.valid_to IS NULL
WHERE k.province_code = :province_code
UNION ALL
SELECT
    k.other_commune_code,
    c.full_name,
    c.name_fold,
    c.birth_date,
    c.birth_precision,
    c.sex,
    c.citizen_id,
    c.village,
    k.other_residence,
    counting.name,
    k.residence,
    FALSE
FROM roster.residence_conflict AS k
INNER JOIN roster.claim AS c ON k.person_id = c.person_id AND k.other_commune_code = c.commune_code
INNER JOIN ref.commune AS counting ON k.commune_code = counting.code AND counting.valid_to IS NULL
WHERE k.province_code = :province_code
ORDER BY commune_code, name_fold, birth_date, citizen_id, other_commune
