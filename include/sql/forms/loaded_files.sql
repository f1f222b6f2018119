-- Hashes of the forms that need no further look: those that are loaded, and refused ones after which their sender sent a
-- right one. What came before its period began is no mistake that a later form puts right: it is owed once that begins.
-- Reads: intake.file. Writes: nothing.
SELECT f.sha256
FROM intake.file AS f
WHERE
    f.province_code = :province
    AND f.kind = 'form'
    AND (
        f.status = 'loaded'
        OR (
            f.status = 'refused'
            AND f.reason_code <> 'form_not_begun'
            AND EXISTS (
                SELECT FROM intake.file AS later
                WHERE
                    later.province_code = f.province_code
                    AND later.kind = 'form'
                    AND later.sender = f.sender
                    AND later.status = 'loaded'
                    AND later.file_id > f.file_id
            )
        )
    )
