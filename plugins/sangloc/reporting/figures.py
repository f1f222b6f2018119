"""Indicators are SQL files; a snapshot computes all of a report's indicators from one state of the database."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection

from sangloc import audit, clock, provinces, settings
from sangloc.errors import ConfigurationError, QualityGateError
from sangloc.reporting.submissions import SETTLED, Submission, load
from sangloc.reporting.suppression import hidden, small
from sangloc.warehouse import copy_rows, fetch_frame, sql, transaction

HEADER = (
    "id", "name_vi", "name_en", "unit", "numerator", "denominator", "breakdowns", "source", "target", "small_cells",
)  # fmt: skip


@dataclass(frozen=True)
class Indicator:
    """The header of an indicator's SQL file. `suppress`: counts people, so small cells are not published."""

    id: str
    name_vi: str
    name_en: str
    unit: str
    numerator: str
    denominator: str
    breakdowns: str
    source: str
    target: str
    suppress: bool
    sha256: str


def indicators() -> dict[str, Indicator]:
    """Every indicator of `include/sql/indicators`, by id.

    Raises:
        ConfigurationError: when a file's header lacks a line or its id is not its file name.
    """
    found = {}
    for path in sorted((settings.include() / "sql" / "indicators").glob("*.sql")):
        found[path.stem] = _read(path.stem, path.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=256)
def _read(name: str, text: str) -> Indicator:
    header = dict(re.findall(r"^-- (\w+): (.+)$", text, re.MULTILINE))
    missing = [key for key in HEADER if key not in header]
    if missing or header["id"] != name or header["small_cells"] not in ("show", "suppress"):
        raise ConfigurationError(
            f"include/sql/indicators/{name}.sql: expected header lines {', '.join(HEADER)}, "
            "id as the file's name, small_cells show or suppress"
        )
    suppress = header.pop("small_cells") == "suppress"
    kept = {key: header[key] for key in HEADER if key in header}
    return Indicator(**kept, suppress=suppress, sha256=hashlib.sha256(text.encode()).hexdigest())


class Figure(NamedTuple):
    """One value of an indicator: for the whole (`total`, empty key) or one key of a breakdown."""

    indicator: str
    breakdown: str
    key: str
    numerator: Decimal | None
    denominator: Decimal | None


def take_snapshot(submission_id: int) -> dict[str, Any]:
    """Compute every indicator for a submission from one state of the database and keep the figures.

    All statements run in one repeatable-read transaction on the `stats` views, so that no two figures of a report
    contradict each other. A version that has a snapshot keeps it. Data whose newest checks failed critically or could
    not be carried out is not counted; a province without any check yet may report.

    Returns:
        submission, version, snapshot, figures (their number) and figures_hash; or `skipped` with the state of a
        submission whose version is settled.

    Raises:
        RefusedInputError: when there is no such submission.
        QualityGateError: when a suite's newest checks forbid the use of the data. It names the suites.
        ConfigurationError: when an indicator's file is wrong.
        WarehouseError: when the database refuses a statement.
    """
    with transaction("report", isolation="REPEATABLE READ") as conn:
        submission = load(conn, submission_id)
        known = {"submission": submission_id, "version": submission.version}
        if submission.state in SETTLED:
            return known | {"skipped": submission.state}
        found = conn.execute(sql("reporting/snapshot"), known).mappings().one_or_none()
        if found is not None:
            figures = read_figures(conn, found["snapshot_id"])
            return known | _summary(found["snapshot_id"], len(figures), found["figures_hash"])
        # An incident is reported at once and rests on no figure; it does not wait for mended data.
        if submission.incident is None:
            _refuse_bad_data(conn, submission)
        now = clock.now()
        figures = compute(conn, submission, now.isoformat())
        digest = figures_hash(figures)
        saved = conn.execute(sql("reporting/save_snapshot"), known | {"now": now, "figures_hash": digest}).one()
        copy_rows(
            conn,
            "reporting.figure",
            ["snapshot_id", *Figure._fields],
            ((saved.snapshot_id, *figure) for figure in figures),
        )
    hashes = {name: indicator.sha256[:16] for name, indicator in indicators().items()}
    audit.note(snapshot=saved.snapshot_id, figures=len(figures), figures_hash=digest, indicators=hashes)
    return known | _summary(saved.snapshot_id, len(figures), digest)


def _refuse_bad_data(conn: Connection, submission: Submission) -> None:
    blocking = list(conn.execute(sql("reporting/blocking_suites"), {"province": submission.province}))
    if blocking:
        suites = ", ".join(f"{row.suite} ({row.state})" for row in blocking)
        raise QualityGateError(
            f"submission {submission.submission_id}: no figures are taken from data whose newest checks forbid it: {suites}. "
            f"Mend the data, run {submission.slug}__data_quality, then run this task again"
        )


def _summary(snapshot: int, figures: int, digest: str) -> dict[str, Any]:
    return {"snapshot": snapshot, "figures": figures, "figures_hash": digest}


def compute(conn: Connection, submission: Submission, as_of: str) -> list[Figure]:
    """Every indicator's values for the submission's province and period, in canonical order."""
    profile = provinces.load(submission.slug)
    groups = [
        {"id": group.id, "codes": [str(code) for code in group.codes]}
        | {"age_from": group.age_from, "age_below": group.age_below}
        for group in profile.priority_groups
    ]
    parameters = {
        "province": submission.province,
        "period_from": submission.period_from,
        "period_to": submission.period_to,
        "year": submission.period_to.year,
        "first_year": submission.period_from.year,
        "as_of": as_of,
        "short_stays_count": profile.residence.temporary_min_months == 0,
        "priority_groups": json.dumps(groups),
    }
    conn.execute(sql("reporting/counted_residents"), parameters)
    conn.execute(sql("reporting/counted_exams"), parameters)
    figures = []
    for name in indicators():
        frame = fetch_frame(conn, sql(f"indicators/{name}"), parameters)
        expected = ["breakdown", "key", "numerator", "denominator"]
        if list(frame.columns) != expected:
            raise ConfigurationError(f"include/sql/indicators/{name}.sql: expected the columns {', '.join(expected)}")
        for breakdown, key, numerator, denominator in frame.itertuples(index=False):
            figures.append(Figure(name, str(breakdown), str(key), _decimal(numerator), _decimal(denominator)))
    return sorted(figures)


def _decimal(value: Any) -> Decimal | None:
    # pandas reads a whole number beside an empty one as a float; counts stay far below where that loses anything.
    if value is None or value != value:
        return None
    return Decimal(str(value)).normalize()


def read_figures(conn: Connection, snapshot_id: int) -> list[Figure]:
    """The figures of a snapshot, in canonical order."""
    rows = conn.execute(sql("reporting/figures"), {"snapshot": snapshot_id})
    return sorted(
        Figure(row.indicator, row.breakdown, row.key, _decimal(row.numerator), _decimal(row.denominator)) for row in rows
    )


def figures_hash(figures: Iterable[Figure]) -> str:
    """SHA-256 over the figures in canonical order and writing, the same on every machine."""
    lines = (
        "\t".join("" if part is None else f"{part:f}" if isinstance(part, Decimal) else part for part in figure)
        for figure in sorted(figures)
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Value:
    """A figure as it may leave the house. A hidden count is None and says so.

    `hidden_as` says what may be told of a hidden numerator of the whole: few (1 to 4), nearly_all (all but 1 to 4) or
    withheld (it would give another count away). Empty for a cell of a breakdown.
    """

    numerator: Decimal | None
    denominator: Decimal | None
    numerator_hidden: bool
    denominator_hidden: bool
    hidden_as: Literal["", "few", "nearly_all", "withheld"] = ""


MISSING = Value(None, None, False, False)
# Counts of the year and of the period: two consecutive reports would give a hidden one of them away by the other.
TOGETHER = (("people_examined_year", "people_examined_period", "records_counted"), ("examined_share", "examined_share_period"))


class Published:
    """The figures of a snapshot with small cells suppressed: what documents and mails may use.

    Small is a count of 1 to 4 people and one that leaves 1 to 4 of its denominator. Indicators of one group of TOGETHER
    hide the same keys. A hidden total hides every cell of the indicator's breakdowns, whose sum it is.
    """

    def __init__(self, figures: Iterable[Figure], known: Mapping[str, Indicator]) -> None:
        self._values: dict[tuple[str, str], dict[str, Value]] = {}
        cells: dict[tuple[str, str], dict[str, Figure]] = {}
        for figure in figures:
            cells.setdefault((figure.indicator, figure.breakdown), {})[figure.key] = figure
        groups = [*TOGETHER, *((name,) for name in known if not any(name in group for group in TOGETHER))]
        for group in groups:
            members = [name for name in group if name in known]
            if members and all(known[name].suppress for name in members):
                self._suppress([known[name] for name in members], cells)
            else:
                self._show(members, cells)

    def _show(self, members: Iterable[str], cells: Mapping[tuple[str, str], Mapping[str, Figure]]) -> None:
        for (indicator, breakdown), found in cells.items():
            if indicator in members:
                self._values[indicator, breakdown] = {
                    f.key: Value(f.numerator, f.denominator, False, False) for f in found.values()
                }

    def _suppress(self, members: list[Indicator], cells: Mapping[tuple[str, str], Mapping[str, Figure]]) -> None:
        totals = {member.id: cells[member.id, "total"][""] for member in members if (member.id, "total") in cells}
        reasons = {member.id: _reason(totals[member.id], member) for member in members if member.id in totals}
        withheld = any(reasons.values())
        for breakdown in sorted({breakdown for name, breakdown in cells if any(name == member.id for member in members)}):
            sharing = [
                member
                for member in members
                if (member.id, breakdown) in cells or re.search(rf"\b{re.escape(breakdown)}\b", member.breakdowns)
            ]
            columns = [_numerators(cells.get((member.id, breakdown), {})) for member in sharing]
            left = [_left(cells.get((member.id, breakdown), {}), member) for member in sharing]
            keys = {key for column in columns for key in column}
            chosen = keys if withheld else hidden(*columns, *left)
            for member in sharing:
                found = cells.get((member.id, breakdown), {})
                small_wholes = {f.key: f.denominator for f in found.values() if f.denominator is not None}
                if breakdown == "total":
                    hidden_wholes = {key for key, value in small_wholes.items() if small(value)}
                    # That nobody was counted is no secret and must not read as somebody.
                    chosen = {""} if withheld and any(_numerators(found).values()) else set()
                else:
                    hidden_wholes = hidden(small_wholes)
                self._values[member.id, breakdown] = {
                    key: _value(found.get(key), key in chosen, key in hidden_wholes)
                    for key in found.keys() | (chosen if member.id in totals else set())
                }
                if breakdown == "total" and chosen:
                    value = self._values[member.id, breakdown][""]
                    self._values[member.id, breakdown][""] = replace(value, hidden_as=reasons[member.id] or "withheld")

    def get(self, indicator: str, breakdown: str = "total", key: str = "") -> Value:
        """One value; all None when the snapshot has none."""
        return self._values.get((indicator, breakdown), {}).get(key, MISSING)

    def keys(self, indicator: str, breakdown: str) -> list[str]:
        """The keys of a breakdown, in order."""
        return sorted(self._values.get((indicator, breakdown), {}))


def _numerators(found: Mapping[str, Figure]) -> dict[str, Decimal]:
    return {key: figure.numerator for key, figure in found.items() if figure.numerator is not None}


def _left(found: Mapping[str, Figure], indicator: Indicator) -> dict[str, Decimal]:
    """What each count leaves of its denominator, where that is people."""
    if indicator.unit != "người":
        return {}
    return {
        key: figure.denominator - figure.numerator
        for key, figure in found.items()
        if figure.numerator is not None and figure.denominator is not None
    }


def _reason(total: Figure, indicator: Indicator) -> Literal["", "few", "nearly_all"]:
    if small(total.numerator):
        return "few"
    return "nearly_all" if total.numerator and small(_left({"": total}, indicator).get("")) else ""


def _value(figure: Figure | None, numerator_hidden: bool, denominator_hidden: bool) -> Value:
    return Value(
        None if figure is None or numerator_hidden else figure.numerator,
        None if figure is None or denominator_hidden else figure.denominator,
        numerator_hidden,
        denominator_hidden,
    )
