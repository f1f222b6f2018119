"""Lists that wait for an officer: why, since when, what was answered, and who was told.

A list may have come in several files. They wait together, are asked about once and decided together, and go by the
number of the first of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sangloc import audit, clock
from sangloc.errors import RefusedInputError
from sangloc.intake import reason_message, refuse_file
from sangloc.provinces import communes, load
from sangloc.roster.gates import Reason

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Merge the list as it is, merge it without closing anybody, or refuse it.
Decision = Literal["release", "addition", "refuse"]

# Airflow keeps 250 characters of a cell's name.
_LONGEST_LABEL = 240


def hold(conn: Connection, file_id: int, reasons: list[Reason], run_id: str, now: datetime) -> None:
    """Let a file wait for an officer. Twice is as once; a file that was loaded, refused or decided on stays as it is.

    Args:
        conn: files held in one transaction are one list.
        reasons: of `gates.check`, at least one.
        run_id: of the run that read the file.
    """
    from sangloc.warehouse import sql

    stored = [{"code": reason.code, "details": reason.details} for reason in reasons]
    values = {"file_id": file_id, "reasons": json.dumps(stored), "run_id": run_id, "held_at": now}
    conn.execute(sql("roster/hold_file"), values)


def decide(file_id: int, decision: Decision, by: str, note: str | None) -> bool:
    """Write an officer's answer down, once. A refusal takes effect at once, the others at the commune's next refresh.

    Args:
        by: name of the officer's account.
        note: the officer's own words; they stay in the warehouse.

    Returns:
        False when the list waits no more: decided before, or given way to a later one.
    """
    from sangloc.warehouse import sql, transaction

    values = {"decision": decision, "decided_by": by, "decided_at": clock.now(), "note": note or None}
    with transaction() as conn:
        files = list(conn.execute(sql("roster/hold_claim"), {"file_id": file_id}).scalars())
        conn.execute(sql("roster/hold_decide"), values | {"files": files})
        if decision == "refuse":
            for each in files:
                refuse_file(conn, each, "refused_by_officer", reason_message("refused_by_officer"))
    if files:
        audit.note(decision=decision, decided=len(files))
    return bool(files)


def settle(slug: str, file_id: int, decision: Decision, by: str, note: str | None, run_id: str) -> dict[str, int] | None:
    """Write an officer's answer down and carry it out. Twice is as once.

    Args:
        slug, file_id: the province's folder name and the list.
        decision, by, note: as `decide`.
        run_id: of the run, kept with the refresh record.

    Returns:
        The counts of the commune's refresh; None when the answer came too late to change anything.

    Raises:
        RefusedInputError: the list is not in the landing zone any more, or cannot be merged.
        WarehouseError: as `refresh_commune`.
    """
    from sangloc.roster.refresh import refresh_commune

    if not decide(file_id, decision, by, note) and _standing(file_id).status != "held":
        return None
    counts: dict[str, int] = {}
    # Another list of the commune may be refused; the cell of the commune says so.
    with suppress(RefusedInputError):
        counts = refresh_commune(slug, _standing(file_id).commune_code, run_id)
    now = _standing(file_id)
    if now.status == "superseded":
        return None
    if now.status != ("refused" if now.decision == "refuse" else "loaded"):
        raise RefusedInputError(
            f"list {file_id} was to be merged ({now.decision}) but is {now.status}: is its file still in the landing zone? "
            "Its commune has to send it again"
        )
    return counts


def _standing(file_id: int) -> Any:
    """A list's status, its commune's code, and what was decided."""
    from sangloc.warehouse import sql, transaction

    with transaction() as conn:
        return conn.execute(sql("roster/hold_standing"), {"file_id": file_id}).one()


def held(slug: str) -> list[dict[str, Any]]:
    """The province's lists that wait for an officer's answer, the longest wait first.

    Returns:
        For each: file_id, files (their number), slug, commune_code, commune_name, `reasons` as Vietnamese sentences,
        `short` the same in a few words, `counts` of the list (rows, rejected, repeated; people before, after, closed,
        arrived) and `since`. No personal data.
    """
    return _waiting(slug, None)


def waiting(file_id: int) -> dict[str, Any] | None:
    """One list as `held` gives it; None when it waits for nobody."""
    return next(iter(_waiting(None, file_id)), None)


def cell_label(slug: str, commune: Mapping[str, str]) -> str:
    """What a commune's cell in the grid is called: its name and, while lists of it wait, why.

    Args:
        commune: code and name.
    """
    short = dict.fromkeys(one["short"] for one in held(slug) if one["commune_code"] == commune["code"])
    return label(commune["name"], "; ".join(short)) if short else commune["name"]


def label(commune_name: str, short: str) -> str:
    """The name of a commune with the reason why its list waits, short enough for Airflow."""
    text = f"{commune_name} · GIỮ LẠI: {short}"
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def question(file_id: int) -> dict[str, str] | None:
    """Subject and body (Markdown) of the question to the officer; None when the list waits for nobody.

    The body is the mail's. The subject is shorter: in Required Actions little more than the commune's name is to be seen.
    """
    from sangloc.reporting import notice_text

    one = waiting(file_id)
    if one is None:
        return None
    _, body = notice_text("held_list", _told(one) | {"page": None})
    return {"subject": label(one["commune_name"], one["short"]), "body": body}


def tell(file_id: int, page: str) -> bool:
    """Mail engineer and officer that a list waits, in the words of the question. Once for a list, as reports are sent.

    Args:
        page: path of the page on which the officer answers, below Airflow's address.

    Returns:
        Whether a mail went out now; False when it had, or the list waits for nobody.

    Raises:
        DeliveryUncertainError, DeliveryFailedError, ConfigurationError: as `sangloc.reporting.notices.send_notice`.
    """
    from sangloc.reporting import send_notice
    from sangloc.warehouse import sql, transaction

    one = waiting(file_id)
    if one is None:
        return False
    contacts = load(one["slug"]).contacts
    ui = (os.environ.get("AIRFLOW__API__BASE_URL") or "").rstrip("/")
    recipients = list(dict.fromkeys([contacts.officer, contacts.engineer]))
    sent = send_notice(one["slug"], f"held-{file_id}", recipients, "held_list", _told(one) | {"page": f"{ui}{page}"})
    with transaction() as conn:
        conn.execute(sql("roster/hold_told"), {"file_id": file_id, "told_at": clock.now()})
    return sent


def _waiting(slug: str | None, file_id: int | None) -> list[dict[str, Any]]:
    from sangloc.warehouse import sql, transaction

    with transaction() as conn:
        found = conn.execute(sql("roster/hold_waiting"), {"slug": slug, "file_id": file_id}).mappings()
        rows: list[dict[str, Any]] = [dict(row) for row in found]
    return [
        {
            "file_id": row["file_id"],
            "files": row["files"],
            "slug": row["slug"],
            "commune_code": row["commune_code"],
            "commune_name": row["commune_name"],
            "reasons": [_sentence(row, reason) for reason in row["reasons"]],
            "short": "; ".join(_sentence(row, reason, "_short") for reason in row["reasons"]),
            "counts": {name: value for name, value in row["reasons"][0]["details"].items() if name in _COUNTS},
            "since": row["held_at"],
        }
        for row in rows
    ]


_COUNTS = ("rows", "rejected", "repeated", "before", "after", "closed", "arrived")


def _sentence(row: dict[str, Any], reason: dict[str, Any], ending: str = "") -> str:
    details = {name: _number(value) if isinstance(value, int) else value for name, value in reason["details"].items()}
    for name in ("period", "loaded"):
        if name in details:
            year, _, month = details[name].partition("-")
            details[name] = f"tháng {int(month)}/{year}"
    if "named" in details:
        names = {unit.code: unit.name for unit in communes(row["slug"])}
        details["named"] = _within(names.get(details["named"], details["named"]))
    code = "wrong_commune_people" if "elsewhere" in details else reason["code"]
    return reason_message(code + ending, **details, commune=_within(row["commune_name"]))


def _within(name: str) -> str:
    """A commune's name as it stands within a sentence: xã Chi Lăng."""
    return name[:1].lower() + name[1:]


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _told(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "commune": one["commune_name"],
        "province": load(one["slug"]).name,
        "short": one["short"],
        "reasons": one["reasons"],
        "files": one["files"],
        "since": f"{one['since'].astimezone(clock.VIETNAM):%H:%M ngày %d/%m/%Y}",
        **{name: _number(value) for name, value in one["counts"].items()},
    }
