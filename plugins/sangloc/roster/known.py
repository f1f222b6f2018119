"""What the roster knows of the people whom a list may mean, brought to the worker."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from sangloc.roster.identity import Known, States

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray
    from sqlalchemy import Connection

_SOUGHT = ("citizen_id",)
_UNKNOWN = ("citizen_id", "insurance_key", "birth_date", "name_fold")


def free_people(conn: Connection, free: NDArray[np.int64]) -> None:
    """Say whose old rows are gone (roster_free)."""
    import polars as pl

    from sangloc.warehouse import copy_rows

    copy_rows(conn, "roster_free", ("person_id",), pl.DataFrame({"person_id": free}, schema={"person_id": pl.Int64}))


def seek(conn: Connection, rows: pl.DataFrame) -> None:
    """Say which personal numbers `of_numbers` is to look for."""
    from sangloc.warehouse import copy_rows

    copy_rows(conn, "roster_sought", _SOUGHT, rows.select(_SOUGHT).drop_nulls())


def of_numbers(conn: Connection, values: dict[str, Any], free: NDArray[np.int64] | None, states: States) -> Known:
    """Who was sought, and whoever is in roster_free.

    Args:
        values: `province_code` and `commune_code`.
        free: who that is; None when everyone whom the commune has listed is free, and roster_free has those who may be meant.
    """
    found = _fetch(conn, "known_by_number", values, frozenset() if free is None else frozenset(free.tolist()), states)
    return _all_free(found, values["commune_code"]) if free is None else found


def of_others(
    conn: Connection, values: dict[str, Any], free: NDArray[np.int64] | None, rows: pl.DataFrame, known: Known, states: States
) -> Known:
    """`known`, and whom rows that no personal number told may mean by insurance number or name."""
    from sangloc.warehouse import copy_rows

    if rows.is_empty():
        return known
    copy_rows(conn, "roster_unknown", _UNKNOWN, rows)
    more = known.with_more(_fetch(conn, "known_by_name", values, known.free, states))
    return _all_free(more, values["commune_code"]) if free is None else more


def _all_free(known: Known, commune_code: str) -> Known:
    here = {person for person, commune in known.lives_in.items() if commune == commune_code}
    return dataclasses.replace(known, free=frozenset(here | known.claims.keys()))


def _fetch(conn: Connection, name: str, values: dict[str, Any], free: frozenset[int], states: States) -> Known:
    from sangloc.warehouse import sql

    statement = sql(f"roster/{name}")
    known = Known({}, {}, {}, {}, {}, [], free)
    for what, person, commune, change, *cells in conn.execute(
        statement, {one: values[one] for one in statement.compile().params}
    ):
        if what == "person":
            known.people[person] = states(cells)
            known.lives_in[person] = commune
        elif what == "past":
            known.past[person] = states(cells)
            known.last[person] = commune, change
        elif what == "claim":
            known.claims[person] = states(cells)
        else:
            known.former.append((change, cells[0], person))
    return known
