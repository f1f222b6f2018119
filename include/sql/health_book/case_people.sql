-- What the roster says about people, with the numbers they had before and whether they have a book.
-- Reads: roster.person, roster.former_identifier, ref.commune, health_book.book, health_book.entry. Writes: nothing.
SELECT
    p.person_id,
    p.full_name,
    p.name_key,
    p.name_fold,
    p.birth_date,
    p.birth_precision,
    p.sex,
    p.citizen_id,
    p.guardian_citizen_id,
    p.insurance_no,
    p.phone,
    p.village,
    p.household_no,
    p.relation,
    p.commune_code,
    c.name AS commune,
    array(
        SELECT i.value FROM roster.former_identifier AS i
        WHERE i.person_id = p.person_id AND i.kind = 'citizen_id'
        ORDER BY i.value
    ) AS former_citizen_ids,
    array(
        SELECT i.value FROM roster.former_identifier AS i
        WHERE i.person_id = p.person_id AND i.kind IN ('insurance_no', 'insurance_card')
        ORDER BY i.value
    ) AS former_insurance_nos,
    (
        SELECT count(*) FROM health_book.book AS b
        INNER JOIN health_book.entry AS n ON b.book_id = n.book_id
        WHERE b.person_id = p.person_id
    ) AS entries
FROM roster.person AS p
LEFT JOIN ref.commune AS c ON p.commune_code = c.code AND c.valid_to IS NULL AND p.province_code = c.province_code
WHERE p.person_id = ANY(CAST(:person_ids AS bigint[]))
