"""Writing to and checking the ledger."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

import sangloc
from sangloc import clock, settings
from sangloc.errors import SanglocError
from sangloc.warehouse import advisory_lock, sql, transaction


@dataclass(frozen=True)
class Event:
    """One try of one task. `happened_at` comes from the project's clock; the server adds its own time beside it."""

    happened_at: datetime
    dag_id: str
    task_id: str
    map_index: int
    run_id: str
    try_number: int
    outcome: str
    actor: str
    code_version: str
    facts: dict[str, Any]


def by_person(
    area: str,
    by: str,
    what: str,
    outcome: str,
    subject: str,
    facts: Mapping[str, int | str | None],
    at: datetime | None = None,
) -> Event:
    """An event for something that a person did and no task.

    Args:
        area: in the place of a DAG's id.
        by: user name.
        what: the action, in the place of a task's id.
        outcome: how it ended or what was answered.
        subject: what it was done to, by number (review-7), in the place of a run's id.
        facts: numbers, codes and hashes; nothing personal.
        at: when, by the project's clock; None is now.
    """
    return Event(at or clock.now(), area, what, -1, subject, 1, outcome, by, code_version(), dict(facts))


def append(event: Event) -> None:
    """Seal `event` into the chain; when the warehouse does not answer, keep it on disk for the next caller.

    An event must not be lost because the database was away for a moment, and must not fail the task it describes.
    """
    try:
        flush_spool()
        with transaction() as connection:
            seal(connection, event)
    except SanglocError:
        folder = settings.home() / "audit-spool"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{event.happened_at:%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex}"
        record = dataclasses.asdict(event) | {"happened_at": event.happened_at.isoformat()}
        partial = folder / f"{name}.part"
        partial.write_text(json.dumps(record), encoding="utf-8")
        partial.rename(folder / f"{name}.json")


def seal(connection: Connection, event: Event) -> None:
    """Seal `event` into the chain within the caller's transaction, which should end soon: others wait for the head."""
    facts = json.dumps(event.facts, sort_keys=True)
    connection.execute(sql("audit/append"), dataclasses.asdict(event) | {"facts": facts})


def flush_spool() -> int:
    """Seal the events that were kept on disk, oldest first and each once, even when this dies half-way.

    Returns:
        How many were sealed.

    Raises:
        WarehouseError: when the warehouse still does not answer.
    """
    folder = settings.home() / "audit-spool"
    if not folder.is_dir() or not any(folder.glob("*.json")):
        return 0
    count = 0
    with transaction() as connection:
        advisory_lock(connection, "audit.spool")
        sealed = sorted(folder.glob("*.json"))
        for path in sealed:
            if connection.execute(sql("audit/spooled"), {"spool": path.stem}).scalar():
                continue
            record = json.loads(path.read_text(encoding="utf-8"))
            record["happened_at"] = datetime.fromisoformat(record["happened_at"])
            record["facts"]["spool"] = path.stem
            seal(connection, Event(**record))
            count += 1
    for path in sealed:
        path.unlink(missing_ok=True)
    return count


def head() -> tuple[int, str]:
    """Number and hash of the newest event; (0, 64 zeros) for an empty ledger."""
    with transaction("report") as connection:
        row = connection.execute(sql("audit/head")).one_or_none()
    return (row.seq, row.hash) if row else (0, "0" * 64)


def verify() -> list[int]:
    """Numbers of the events at which the chain does not hold (changed, removed or inserted); empty when it does."""
    with transaction("report") as connection:
        return list(connection.execute(sql("audit/broken")).scalars())


@functools.cache
def code_version() -> str:
    """Version of the running code: `SANGLOC_CODE_VERSION`, else the commit, else the package's version."""
    given = os.environ.get("SANGLOC_CODE_VERSION")
    if given:
        return given
    try:
        described = subprocess.run(
            ["git", "-C", str(settings.root()), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
        return f"{sangloc.__version__}+{described.stdout.strip()}"
    except (OSError, subprocess.SubprocessError):
        return sangloc.__version__
