"""People written straight into the roster, for tests of what reads it. All of them are made up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import psycopg

from sangloc.intake import name_fold, name_key


def add_file(db: psycopg.Connection, province_code: str = "20", kind: str = "roster", commune_code: str | None = None) -> int:
    """A loaded file; the same one for the same arguments."""
    sha256 = hashlib.sha256(f"{province_code} {kind} {commune_code}".encode()).hexdigest()
    row = db.execute(
        "INSERT INTO intake.file (province_code, kind, commune_code, path, sha256, size_bytes, status, received_at)"
        " VALUES (%s, %s, %s, 'x', %s, 1, 'loaded', now())"
        " ON CONFLICT (province_code, kind, sha256) DO UPDATE SET path = 'x' RETURNING file_id",
        [province_code, kind, commune_code, sha256],
    ).fetchone()
    assert row is not None
    return int(row[0])


def add_refresh(
    db: psycopg.Connection, province_code: str = "20", commune_code: str = "05983", seen: datetime | str = "2026-11-01"
) -> int:
    """The record of a commune's list; the same one for the same province and commune."""
    file = add_file(db, province_code, "roster", commune_code)
    row = db.execute(
        "INSERT INTO roster.refresh (province_code, commune_code, file_id, run_id, inserted, updated, moved_in, closed,"
        " unchanged, rejected, refreshed_at) VALUES (%s, %s, %s, 'by hand', 0, 0, 0, 0, 0, 0, %s)"
        " ON CONFLICT (file_id) DO UPDATE SET run_id = 'by hand' RETURNING refresh_id",
        [province_code, commune_code, file, seen],
    ).fetchone()
    assert row is not None
    return int(row[0])


def add_group_set(db: psycopg.Connection, members: Iterable[tuple[str, str]], reason: str = "label:other") -> int | None:
    """The set of these (code set, code) pairs; None when there are none."""
    pairs = sorted(set(members))
    if not pairs:
        return None
    row = db.execute(
        "INSERT INTO roster.group_set (key) VALUES (%s) ON CONFLICT (key) DO UPDATE SET key = excluded.key"
        " RETURNING group_set_id",
        [f"by hand {pairs} {reason}"],
    ).fetchone()
    assert row is not None
    for code_set, code in pairs:
        db.execute(
            "INSERT INTO roster.group_set_member (group_set_id, code_set, group_code, reason) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [row[0], code_set, code, reason],
        )
    return int(row[0])


def add_person(
    db: psycopg.Connection,
    *,
    groups: Iterable[str | tuple[str, str]] = (),
    reason: str = "label:other",
    former: Iterable[tuple[str, str]] = (),
    seen: datetime | str = "2026-11-01",
    **values: Any,
) -> int:
    """One good person of Lạng Sơn on the roster; columns of `roster.person` are changed by keyword.

    Args:
        groups: codes of QD2062, or (code set, code).
        reason: of every one of these groups.
        former: (kind, value) of numbers the person had before.
        seen: when the person's list was merged, where the commune has none yet.

    Returns:
        The person's id.
    """
    name = values.get("full_name", "Nông Văn Thử")
    row = {
        "province_code": "20", "commune_code": "05983", "full_name": name, "name_key": name_key(name),
        "name_fold": name_fold(name), "birth_date": date(1985, 5, 5), "birth_precision": "day", "sex": 1,
        "residence": "permanent", "change": "new", **values,
    }  # fmt: skip
    if insurance_no := row.get("insurance_no"):
        row.setdefault("insurance_key", insurance_no[5:] if len(insurance_no) == 15 else insurance_no)
    refresh = add_refresh(db, row["province_code"], row["commune_code"], seen)
    row.setdefault("refresh_id", refresh)
    row.setdefault("first_refresh_id", refresh)
    pairs = [("QD2062", group) if isinstance(group, str) else group for group in groups]
    row.setdefault("group_set_id", add_group_set(db, pairs, reason))
    columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    made = db.execute(f"INSERT INTO roster.person ({columns}) VALUES ({marks}) RETURNING person_id", list(row.values()))  # noqa: S608
    found = made.fetchone()
    assert found is not None
    person = int(found[0])
    for kind, value in former:
        add_former(db, person, kind, value)
    return person


def add_former(db: psycopg.Connection, person_id: int, kind: str, value: str) -> None:
    """A number the person had before."""
    db.execute(
        "INSERT INTO roster.former_identifier (person_id, kind, value, refresh_id)"
        " SELECT person_id, %s, %s, refresh_id FROM roster.person WHERE person_id = %s",
        [kind, value, person_id],
    )
