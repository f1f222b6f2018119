"""Files are entered once, by their bytes."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from sangloc import clock, intake
from sangloc.warehouse import transaction

SHA = "ab" * 32


def enter(path: str = "lang_son/roster/05977/a.csv", **more: Any) -> intake.Registered:
    with transaction() as conn:
        return intake.register_file(
            conn, "20", more.pop("kind", "roster"), path=path, sha256=SHA, size_bytes=3, now=clock.now(), **more
        )


@pytest.mark.usefixtures("province")
def test_one_entry_for_the_same_bytes_until_they_are_done(warehouse: psycopg.Connection) -> None:
    first = enter(commune_code="05977")
    again = enter("lang_son/roster/05977/b.csv", commune_code="05983")
    # The first try may have died: until the file is loaded or refused it is to be done.
    assert again == first and first.is_new and again.commune_code == "05977"
    assert enter(kind="exam", source="school", sender="x").file_id != first.file_id
    with transaction() as conn:
        assert intake.claim_file(conn, first.file_id)
        intake.finish_file(conn, first.file_id, rows_read=3, rows_accepted=2, rows_rejected=1, now=clock.now())
    assert not enter().is_new
    with transaction() as conn:
        assert not intake.claim_file(conn, first.file_id)
    assert warehouse.execute(
        "SELECT status, rows_read, rows_accepted, rows_rejected, path FROM intake.file WHERE file_id = %s",
        (first.file_id,),
    ).fetchone() == ("loaded", 3, 2, 1, "lang_son/roster/05977/a.csv")


@pytest.mark.usefixtures("province")
def test_a_refused_file_keeps_its_reason() -> None:
    entry = enter()
    with transaction() as conn:
        intake.refuse_file(conn, entry.file_id, "unreadable", intake.reason_message("unreadable"))
    again = enter()
    assert (again.is_new, again.status, again.reason_code) == (False, "refused", "unreadable")
    with transaction() as conn:
        assert intake.refusal_message(conn, entry.file_id) == intake.reason_message("unreadable")


@pytest.mark.usefixtures("province")
def test_rejects_of_a_later_try_replace_those_of_an_earlier(warehouse: psycopg.Connection) -> None:
    entry = enter()
    for rows in ([2, 3, 4], [3]):
        rejects = [intake.Reject(row, "sex", "sex_invalid", "x", {"sex": "?\0", "note": "Ð"}, "Thôn 1") for row in rows]
        with transaction() as conn:
            assert intake.save_rejects(conn, entry.file_id, rejects) == len(rows)
    assert warehouse.execute("SELECT sheet, row_number, column_name, reason_code, raw FROM intake.reject").fetchall() == [
        ("Thôn 1", 3, "sex", "sex_invalid", {"sex": "?", "note": "Ð"})
    ]
