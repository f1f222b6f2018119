"""What changed since last time, for the officer who decides: against the version before, or the report before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import Connection

from sangloc.reporting import words
from sangloc.reporting.corrections import Change, changes
from sangloc.reporting.documents import read_snapshot
from sangloc.reporting.figures import Indicator, Published, Value, indicators
from sangloc.reporting.submissions import Submission
from sangloc.reporting.wording import measured
from sangloc.warehouse import sql


@dataclass(frozen=True)
class Movement:
    """A figure for the whole in this report and in the one before, and how it moved: empty where that cannot be told."""

    name_vi: str
    before: str
    after: str
    moved: str


@dataclass(frozen=True)
class Since:
    """What this version is compared with.

    `returned`: the officer's words on the version before, empty when nobody sent it back; `changes`: figures that differ from
    it, None for a first version. `label`: the period of the report before, empty when there is none; `movements` since it.
    """

    returned: str
    changes: list[Change] | None
    label: str
    movements: list[Movement]


def since_last_time(conn: Connection, submission: Submission) -> Since:
    """What the officer has not seen yet.

    Small cells stay suppressed: of a value that either report hides, the words for it are shown and no difference.

    Raises:
        RefusedInputError: when the version has no snapshot yet.
    """
    returned, changed = "", None
    if submission.version > 1:
        known = {"submission": submission.submission_id, "version": submission.version - 1}
        returned = conn.execute(sql("reporting/returned_note"), known).scalar_one_or_none() or ""
        changed = changes(conn, submission, submission.version - 1)
    row = None
    if submission.incident is None:
        row = conn.execute(sql("reporting/previous_report"), {"submission": submission.submission_id}).mappings().one_or_none()
    if row is None:
        return Since(returned, changed, "", [])
    found = conn.execute(sql("reporting/submission"), {"submission": row["submission_id"]}).mappings().one()
    before = replace(Submission(**found), version=row["version"])
    return Since(returned, changed, before.label, movements(conn, before, submission))


def movements(conn: Connection, before: Submission, after: Submission) -> list[Movement]:
    """The figures for the whole of the report's indicators in two reports, in its order; what neither knows is left out."""
    old, new = (read_snapshot(conn, each)[1] for each in (before, after))
    known = indicators()
    return [
        _movement(known[name], old.get(name), new.get(name))
        for name in after.duty.contents
        if name in known and not (_missing(old, name) and _missing(new, name))
    ]


def _missing(figures: Published, name: str) -> bool:
    value: Value = figures.get(name)
    return value.numerator is None and not value.hidden_as


def _movement(one: Indicator, old: Value, new: Value) -> Movement:
    if all(_told(value) and (_measure(one) or value.denominator != value.numerator) for value in (old, new)):
        unit = f" {one.unit}" if one.average else " điểm phần trăm"
        # By how much is the difference of what both reports print.
        moved = _moved(_ratio(one, old), _ratio(one, new), 1, unit)
        return Movement(one.name_vi, _printed(one, old), _printed(one, new), moved)
    moved = ""
    if old.numerator is not None and new.numerator is not None and not (old.hidden_as or new.hidden_as):
        moved = _moved(old.numerator, new.numerator, 0, "")
    return Movement(one.name_vi, _shown(old), _shown(new), moved)


def _told(value: Value) -> bool:
    """Whether the value is a ratio, and both its parts may be told."""
    told = not (value.hidden_as or value.numerator_hidden or value.denominator_hidden)
    return told and value.numerator is not None and bool(value.denominator)


def _measure(one: Indicator) -> bool:
    """Whether it is measured, not counted: what units report in per cent or by head."""
    return one.average or one.unit == "%"


def _ratio(one: Indicator, value: Value) -> Decimal:
    part, whole = _number(value.numerator), _number(value.denominator)
    if _measure(one):
        return (part * (1 if one.average else 100) / whole).quantize(words.TENTH, ROUND_DOWN)
    return words.share(part, whole)


def _printed(one: Indicator, value: Value) -> str:
    if _measure(one):
        return measured(value, one.unit)
    return words.percent(_number(value.numerator), _number(value.denominator))


def _number(value: Any) -> Decimal:
    return Decimal(value or 0)


def _shown(value: Value) -> str:
    if value.hidden_as:
        return words.HIDDEN[value.hidden_as]
    return "chưa có số liệu" if value.numerator is None else words.number(value.numerator)


def _moved(before: Decimal, after: Decimal, decimals: int, unit: str) -> str:
    """In words: rising, falling or equal. A movement that rounds to nothing is none."""
    by = words.number(abs(after - before), decimals)
    if not any(sign in "123456789" for sign in by):
        return "không đổi"
    return f"{'tăng' if after > before else 'giảm'} {by}{unit}"
