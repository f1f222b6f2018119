"""The register of files that arrived, and the rows that were not accepted."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import yaml

from sangloc import settings
from sangloc.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Connection

# PostgreSQL's jsonb has no NUL character. Behind a backslash of its own, the escape is a text that looks like one.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")

RECEIVED, HELD, LOADED, REFUSED = "received", "held", "loaded", "refused"


class Registered(NamedTuple):
    """A file's place in the register.

    `is_new` says that it has to be processed: never seen before, or seen by a try that died before it was done.
    `decision` is what an officer answered when the file was held.
    """

    file_id: int
    is_new: bool
    status: str
    reason_code: str | None
    commune_code: str | None
    decision: str | None = None


@dataclass(frozen=True)
class Reject:
    """A row that was not accepted. `row_number` is the file's own (1 is its first line; 0 the file as a whole).

    `column_name` is the canonical column, `message` is what the sender reads: it names column and expectation and
    holds no value. `raw` is the row as it came; it stays in the warehouse.
    """

    row_number: int
    column_name: str
    reason_code: str
    message: str
    raw: dict[str, Any] = field(default_factory=dict)
    sheet: str | None = None


@functools.cache
def _reasons() -> dict[str, str]:
    path = settings.include() / "intake" / "reasons.yaml"
    try:
        reasons: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))["reasons"]
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        raise ConfigurationError(f"{path}: expected a mapping 'reasons' of reason code to Vietnamese message") from None
    return reasons


def reason_message(reason_code: str, **details: str) -> str:
    """The Vietnamese message for a reason code, from `include/intake/reasons.yaml`.

    Args:
        details: replace `{name}` in the message, such as headings; never values of a row.

    Raises:
        ConfigurationError: when the code has no message.
    """
    try:
        return _reasons()[reason_code].format(**details)
    except KeyError:
        raise ConfigurationError(f"include/intake/reasons.yaml: expected a message for {reason_code!r}") from None


def register_file(
    conn: Connection,
    province_code: str,
    kind: Literal["roster", "exam"],
    *,
    path: str,
    sha256: str,
    size_bytes: int,
    now: datetime,
    commune_code: str | None = None,
    source: str | None = None,
    sender: str | None = None,
    run_id: str | None = None,
) -> Registered:
    """Enter a file by the hash of its bytes; the same bytes are one file, whatever their name or folder.

    Args:
        path: relative to the landing zone.
        sha256: of the content, 64 hexadecimal digits.

    Returns:
        The entry; `is_new` is False when the bytes were loaded or refused before.
    """
    from sangloc.warehouse import sql

    row = conn.execute(
        sql("intake/register_file"),
        {
            "province_code": province_code,
            "kind": kind,
            "path": path,
            "sha256": sha256,
            "size_bytes": size_bytes,
            "received_at": now,
            "commune_code": commune_code,
            "source": source,
            "sender": sender,
            "run_id": run_id,
        },
    ).one_or_none()
    if row is None:
        row = conn.execute(sql("intake/find_file"), {"province_code": province_code, "kind": kind, "sha256": sha256}).one()
    return Registered(row.file_id, row.status == RECEIVED, row.status, row.reason_code, row.commune_code)


def registered_files(
    conn: Connection, province_code: str, kind: Literal["roster", "exam"], hashes: list[str]
) -> dict[str, Registered]:
    """The entries of files by the SHA-256 of their bytes; files never seen are left out."""
    from sangloc.warehouse import sql

    rows = conn.execute(sql("intake/find_files"), {"province_code": province_code, "kind": kind, "digests": hashes})
    return {
        row.sha256: Registered(row.file_id, row.status == RECEIVED, row.status, row.reason_code, row.commune_code, row.decision)
        for row in rows
    }


def move_file(conn: Connection, file_id: int, commune_code: str, path: str, now: datetime) -> bool:
    """Give a file that was never merged to the commune in whose folder it lies now; False when it was merged."""
    from sangloc.warehouse import sql

    values = {"file_id": file_id, "commune_code": commune_code, "path": path, "received_at": now}
    moved = conn.execute(sql("intake/move_file"), values).rowcount == 1
    if moved:
        conn.execute(sql("intake/delete_hold"), {"file_id": file_id})
        conn.execute(sql("intake/delete_rejects"), {"file_id": file_id})
    return moved


def claim_file(conn: Connection, file_id: int) -> bool:
    """Lock the file's entry for this transaction; False when another process has finished it meanwhile."""
    from sangloc.warehouse import sql

    return conn.execute(sql("intake/lock_file"), {"file_id": file_id}).scalar_one() in (RECEIVED, HELD)


def finish_file(
    conn: Connection,
    file_id: int,
    *,
    rows_read: int,
    rows_accepted: int,
    rows_rejected: int,
    now: datetime,
    run_id: str | None = None,
    list_kind: str | None = None,
    period: str | None = None,
) -> None:
    """Mark the file as loaded, with its counts of rows, in the transaction that loads it.

    Args:
        list_kind: of a roster list: `full`, `changes`, `returned` or `addition`.
        period: the month it states, `2026-11`.
    """
    from sangloc.warehouse import sql

    conn.execute(
        sql("intake/finish_file"),
        {
            "file_id": file_id,
            "rows_read": rows_read,
            "rows_accepted": rows_accepted,
            "rows_rejected": rows_rejected,
            "loaded_at": now,
            "run_id": run_id,
            "list_kind": list_kind,
            "period": period,
        },
    )


def refuse_file(
    conn: Connection, file_id: int, reason_code: str, message: str, *, rows_read: int = 0, column_name: str = ""
) -> None:
    """Mark the file as refused as a whole. `message` is kept as a reject of row 0, for sender and later runs."""
    from sangloc.warehouse import sql

    conn.execute(sql("intake/refuse_file"), {"file_id": file_id, "reason_code": reason_code, "rows_read": rows_read})
    save_rejects(conn, file_id, [Reject(0, column_name, reason_code, message)])


def refusal_message(conn: Connection, file_id: int) -> str:
    """Why the file was refused, as `refuse_file` was told."""
    from sangloc.warehouse import sql

    return str(conn.execute(sql("intake/refusal_message"), {"file_id": file_id}).scalar_one())


def save_rejects(conn: Connection, file_id: int, rejects: Iterable[Reject]) -> int:
    """Replace the file's rejects by these.

    Returns:
        Their number.
    """
    from sangloc.warehouse import sql

    conn.execute(sql("intake/delete_rejects"), {"file_id": file_id})
    return add_rejects(conn, file_id, rejects)


def add_rejects(conn: Connection, file_id: int, rejects: Iterable[Reject]) -> int:
    """Keep further rejects of the file.

    Returns:
        Their number.
    """
    from sangloc.warehouse import copy_rows

    columns = ("file_id", "sheet", "row_number", "column_name", "reason_code", "message", "raw")
    rows = (
        (
            file_id,
            reject.sheet,
            reject.row_number,
            reject.column_name,
            reject.reason_code,
            reject.message,
            _NUL.sub(r"\1", json.dumps(reject.raw, ensure_ascii=False, default=str)),
        )
        for reject in rejects
    )
    return copy_rows(conn, "intake.reject", columns, rows)


def save_warnings(conn: Connection, file_id: int, warnings: Iterable[Reject]) -> int:
    """Keep remarks about rows that were accepted, without the rows' values.

    Returns:
        Their number.
    """
    from sangloc.warehouse import copy_rows

    columns = ("file_id", "sheet", "row_number", "column_name", "reason_code")
    rows = ((file_id, note.sheet, note.row_number, note.column_name, note.reason_code) for note in warnings)
    return copy_rows(conn, "intake.warning", columns, rows)
