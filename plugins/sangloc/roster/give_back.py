"""Handing rejected rows back to the communes that sent them."""

from __future__ import annotations

from sangloc import clock
from sangloc.intake import Reject
from sangloc.provinces import load
from sangloc.roster.returned import keep_returned, write_returned


def give_back(slug: str, commune_code: str) -> list[str]:
    """Lay a workbook of rejected rows into the landing zone for each merged list of a commune that has any, once.

    Whoever dies between writing a workbook and noting it writes the same workbook again.

    Args:
        slug: the province's folder name.
        commune_code: five digits.

    Returns:
        The places of the workbooks written now, relative to the landing zone.

    Raises:
        RefusedInputError: the folder may not be written.
    """
    from sangloc.warehouse import sql, transaction

    written = []
    values = {"province_code": load(slug).code, "commune_code": commune_code}
    with transaction() as conn:
        files = list(conn.execute(sql("roster/files_to_return"), values).scalars())
    for file_id in files:
        with transaction() as conn:
            rejects = [
                Reject(row.row_number, row.column_name, row.reason_code, row.message, row.raw, row.sheet)
                for row in conn.execute(sql("roster/rejects_of_file"), {"file_id": file_id})
            ]
        present = {column for reject in rejects for column in reject.raw}
        written.append(keep_returned(slug, commune_code, file_id, write_returned(rejects, file_id, present)))
        with transaction() as conn:
            conn.execute(sql("roster/note_returned"), {"file_id": file_id, "now": clock.now()})
    return written
