"""What units below reported for a report, as its snapshot counted it: who did, who did not, and what they wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from sangloc.warehouse import sql


@dataclass(frozen=True)
class Standing:
    """One input of the report: how many units owed it, sent it, sent it in time, and who has not."""

    input: str
    expected: int
    received: int
    in_time: int
    missing: Sequence[str]


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
    rows: dict[str, list[tuple[str, bool, bool]]] = {}
    for row in conn.execute(sql("reporting/snapshot_inputs"), {"snapshot": snapshot_id}):
        rows.setdefault(row.input, []).append((row.unit_name, row.received, row.in_time))
    inputs = [
        Standing(
            name,
            len(units),
            sum(received for _, received, _ in units),
            sum(in_time for _, _, in_time in units),
            [unit for unit, received, _ in units if not received],
        )
        for name, units in rows.items()
    ]
    texts: dict[str, list[tuple[str, str]]] = {}
    for row in conn.execute(sql("reporting/snapshot_texts"), {"snapshot": snapshot_id}):
        texts.setdefault(row.figure, []).append((row.unit_name, row.value_text))
    return Below(inputs, texts)
