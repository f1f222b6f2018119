"""What units below reported for a report, as its snapshot counted it: who did, who did not, and what they wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from sangloc.warehouse import sql


@dataclass(frozen=True)
class Unit:
    """A unit that owed an input, by when, and when its first form came; None where none has come."""

    name: str
    due_at: datetime
    received_at: datetime | None

    @property
    def in_time(self) -> bool:
        return self.received_at is not None and self.received_at <= self.due_at


@dataclass(frozen=True)
class Standing:
    """One input of the report, and the units that owed it."""

    input: str
    units: Sequence[Unit]

    @property
    def expected(self) -> int:
        return len(self.units)

    @property
    def received(self) -> int:
        return self.expected - len(self.missing)

    @property
    def in_time(self) -> int:
        return sum(unit.in_time for unit in self.units)

    @property
    def missing(self) -> list[str]:
        """Names of the units that sent nothing."""
        return [unit.name for unit in self.units if unit.received_at is None]


@dataclass(frozen=True)
class Below:
    """Everything that came from below; nothing for a report that asks nobody.

    `texts`: for each figure id what units wrote, as (name of the unit, text).
    """

    inputs: Sequence[Standing] = ()
    texts: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


NOTHING = Below()


def read_below(conn: Connection, snapshot_id: int) -> Below:
    """What a snapshot counted; later forms do not change it.

    Raises:
        WarehouseError: when the database refuses a statement.
    """
    units: dict[str, list[Unit]] = {}
    for row in conn.execute(sql("reporting/snapshot_inputs"), {"snapshot": snapshot_id}):
        units.setdefault(row.input, []).append(Unit(row.unit_name, row.due_at, row.received_at))
    texts: dict[str, list[tuple[str, str]]] = {}
    for row in conn.execute(sql("reporting/snapshot_texts"), {"snapshot": snapshot_id}):
        texts.setdefault(row.figure, []).append((row.unit_name, row.value_text))
    return Below([Standing(*each) for each in units.items()], texts)
