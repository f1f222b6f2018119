"""Indicators are SQL files; a snapshot computes all of a report's indicators from one state of the database."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, text

from sangloc import audit, clock, provinces, settings
from sangloc.errors import ConfigurationError, QualityGateError
from sangloc.reporting import manifest
from sangloc.reporting.below import NOTHING, Below
from sangloc.reporting.submissions import SETTLED, Submission, load
from sangloc.reporting.suppression import hidden, hidden_crossed, small
from sangloc.warehouse import copy_rows, sql, transaction

HEADER = (
    "id", "name_vi", "name_en", "unit", "numerator", "denominator", "breakdowns", "source", "target", "small_cells",
)  # fmt: skip


# Ages of tables, from which on.
AGE_BANDS = {0: "under_6", 6: "6_17", 18: "18_59", 60: "60_plus"}
# What all indicators are counted from, in this order; each makes a temporary table (the second one mends the first).
COUNTED = (
    "exams", "over_new_year", "examined", "people", "resident_sums", "exam_sums", "findings", "priorities", "records",
    "invitations", "due", "input",
)  # fmt: skip
# Of these the planner expects as many groups as there are birth dates or moments of arrival, and would sort everything. It
# also believes that looking up each of millions of rows in a hash table costs nothing, where reading both sides by their ids,
# the order they were written in, takes two thirds of the time.
_MERGED = ("people", "records")
# The tables of everybody and of every exam are joined in memory.
WORK_MEMORY = "128MB"

Margin = tuple[str, str]


@dataclass(frozen=True)
class Indicator:
    """The header of an indicator's SQL file.

    `suppress`: counts people, so small cells are not published. `follows`: indicators from whose totals the figures can be
    worked out, so that they are published only when those are. `margins`: of a breakdown by two things (its keys are
    `row/column`), where the sums of rows and of columns are published, as (indicator, breakdown) or None. `adds_up`: of a
    breakdown whose counts are sums of another's, that one and the breakdown whose keys `sum/part` say of which. `beside`:
    of a breakdown the one, not published itself, whose small counts hide the same keys and, where it alone has the key,
    another one. `contains`: of a breakdown whose keys hold keys of another indicator's breakdowns, that one and the
    breakdown, not published itself, whose keys `key/breakdown/key` say which. `repeats`: a key whose count is the total of
    its group too, so that hiding it hides nothing. `total_of`: the indicator, breakdown and key that the total is published
    as elsewhere. `average`: numerator by denominator is a measure of one, such as doctors of a station, and no share.
    """

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
    follows: tuple[str, ...]
    margins: Mapping[str, tuple[Margin | None, Margin | None]]
    adds_up: Mapping[str, tuple[Margin, str]]
    beside: Mapping[str, str]
    contains: Mapping[str, tuple[str, str]]
    repeats: str
    total_of: tuple[str, str, str] | None
    average: bool
    sha256: str

    @property
    def last(self) -> bool:
        """Whether it is computed from the figures of other indicators."""
        return "computed" in re.findall(r"[\w.]+", self.source)


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
def _read(name: str, statement: str) -> Indicator:
    header = dict(re.findall(r"^-- (\w+): (.+)$", statement, re.MULTILINE))
    cells = header.get("small_cells", "")
    if (
        any(key not in header for key in HEADER)
        or header["id"] != name
        or not re.fullmatch(r"show|suppress|follow [\w, ]+", cells)
    ):
        raise ConfigurationError(
            f"include/sql/indicators/{name}.sql: expected header lines {', '.join(HEADER)}, "
            "id as the file's name, small_cells show, suppress or follow with names of indicators"
        )
    follows = tuple(re.findall(r"\w+", cells.removeprefix("follow"))) if cells.startswith("follow") else ()
    margins: dict[str, tuple[Margin | None, Margin | None]] = {}
    if "margins" in header:
        found = re.fullmatch(r"(\w+) = (none|\w+\.\w+) x (none|\w+\.\w+)", header["margins"])
        if found is None:
            raise ConfigurationError(
                f"include/sql/indicators/{name}.sql: expected margins as `breakdown = indicator.breakdown x none`"
            )
        margins[found[1]] = (_margin(found[2]), _margin(found[3]))
    adds_up: dict[str, tuple[Margin, str]] = {}
    if "adds_up" in header:
        found = re.fullmatch(r"(\w+) = (\w+)\.(\w+) by (\w+)", header["adds_up"])
        if found is None:
            raise ConfigurationError(
                f"include/sql/indicators/{name}.sql: expected adds_up as `breakdown = indicator.breakdown by breakdown`"
            )
        adds_up[found[1]] = ((found[2], found[3]), found[4])
    beside = re.fullmatch(r"(\w+) = (\w+)", header.get("beside", "none = none"))
    contains = re.fullmatch(r"(\w+) = (\w+) by (\w+)", header.get("contains", "none = none by none"))
    repeats = re.fullmatch(r"(\w+) = \w+", header.get("repeats", "none = none"))
    total_of = re.fullmatch(r"(\w+)\.(\w+)/(\w+)", header.get("total_of", "none.none/none"))
    if beside is None or contains is None or repeats is None or total_of is None:
        raise ConfigurationError(
            f"include/sql/indicators/{name}.sql: expected beside as `breakdown = breakdown`, contains as "
            "`breakdown = indicator by breakdown`, repeats as `key = indicator`, total_of as `indicator.breakdown/key`"
        )
    kept = {key: header[key] for key in HEADER if key != "small_cells"}
    return Indicator(
        **kept,
        suppress=cells == "suppress",
        follows=follows,
        margins=margins,
        adds_up=adds_up,
        beside={beside[1]: beside[2]} if "beside" in header else {},
        contains={contains[1]: (contains[2], contains[3])} if "contains" in header else {},
        repeats=repeats[1] if "repeats" in header else "",
        total_of=(total_of[1], total_of[2], total_of[3]) if "total_of" in header else None,
        average=header.get("ratio") == "average",
        sha256=hashlib.sha256(statement.encode()).hexdigest(),
    )


def _margin(name: str) -> Margin | None:
    if name == "none":
        return None
    indicator, _, breakdown = name.partition(".")
    return indicator, breakdown


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
            number, digest = found["snapshot_id"], found["figures_hash"]
            figures = read_figures(conn, number)
            # The try that took it may have ended before its event was written.
            audit.note(snapshot=number, figures=len(figures), figures_hash=digest, manifest=manifest.kept(conn, number))
            return known | _summary(number, len(figures), digest)
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
        conn.execute(sql("reporting/save_snapshot_inputs"), {"snapshot": saved.snapshot_id})
        sealed = manifest.keep(
            conn,
            submission,
            {
                "id": saved.snapshot_id,
                "taken_at": now.isoformat(),
                "database": saved.database_snapshot,
                "figures": len(figures),
                "figures_hash": digest,
            },
        )
    audit.note(snapshot=saved.snapshot_id, figures=len(figures), figures_hash=digest, manifest=sealed)
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
    """Every indicator's values for the submission's province and period, in canonical order.

    Args:
        as_of: the moment of the snapshot, ISO 8601.

    Raises:
        ConfigurationError: when an indicator's statement does not give breakdown, key, numerator and denominator.
    """
    # A million rows that come from another process cost less than the planner believes: it would join them alone.
    _plan(conn, work_mem=WORK_MEMORY, parallel_tuple_cost="0.01")
    known = parameters(submission, as_of)
    for name in COUNTED:
        allowed = "off" if name in _MERGED else "on"
        _plan(conn, enable_sort=allowed, enable_incremental_sort=allowed, enable_hashjoin=allowed)
        conn.execute(sql(f"reporting/counted_{name}"), known)
    figures: list[Figure] = []
    every = indicators()
    for indicator in sorted(every.values(), key=lambda one: (one.last, one.id)):
        if indicator.last and not conn.execute(text("SELECT to_regclass('pg_temp.computed')")).scalar():
            conn.execute(sql("reporting/create_computed"))
            copy_rows(conn, "computed", Figure._fields, figures)
        rows = conn.execute(sql(f"indicators/{indicator.id}"), known)
        if list(rows.keys()) != list(Figure._fields[1:]):
            raise ConfigurationError(
                f"include/sql/indicators/{indicator.id}.sql: expected the columns {', '.join(Figure._fields[1:])}"
            )
        figures += (
            Figure(indicator.id, row.breakdown, row.key, _decimal(row.numerator), _decimal(row.denominator)) for row in rows
        )
    return sorted(figures)


def _plan(conn: Connection, **chosen: str) -> None:
    """Settings of the server's planner for the rest of the transaction."""
    for name, value in chosen.items():
        conn.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})


def parameters(submission: Submission, as_of: str) -> dict[str, Any]:
    """The parameters of every indicator's statement and of what they are counted from.

    Args:
        as_of: the moment of the snapshot, ISO 8601.
    """
    profile = provinces.load(submission.slug)
    groups = [
        {"id": group.id, "codes": [str(code) for code in group.codes]}
        | {"age_from": group.age_from, "age_below": group.age_below, "parts": _parts(group)}
        for group in profile.priority_groups
    ]
    targets = [
        {"id": target.id, "indicator": target.indicator, "comparison": target.comparison}
        | {"value": target.value, "unit": target.unit, "by_year": target.by_year}
        for target in profile.targets
    ]
    # Nobody's age class lies on both sides of a bound that somebody asks for.
    asked = {bound for group in profile.priority_groups for bound in (group.age_from, group.age_below)}
    bounds = sorted({bound for bound in (*AGE_BANDS, *asked) if bound})
    year = submission.period_to.year
    return {
        "submission": submission.submission_id,
        "province": submission.province,
        "period_from": submission.period_from,
        "period_to": submission.period_to,
        "period_starts": _midnight(submission.period_from),
        "period_ends": _midnight(submission.period_to + timedelta(days=1)),
        "year_starts": _midnight(date(year, 1, 1)),
        "year": year,
        "first_year": submission.period_from.year,
        "as_of": as_of,
        "short_stays_count": profile.residence.temporary_min_months == 0,
        "age_bounds": bounds,
        "age_names": [AGE_BANDS[max(age for age in AGE_BANDS if age <= bound)] for bound in (0, *bounds)],
        "priority_groups": json.dumps(groups),
        "targets": json.dumps(targets),
    }


def _parts(group: provinces.PriorityGroup) -> list[str]:
    """Breakdown and key of what other tables count of a priority group's people, or around them: by code, and by age."""
    found = [f"group/{code}" for code in group.codes]
    if group.age_from is not None or group.age_below is not None:
        first, end = group.age_from or 0, group.age_below or 1000
        for (start, name), below in zip(AGE_BANDS.items(), [*list(AGE_BANDS)[1:], 1000], strict=True):
            if (first <= start and below <= end) or (not group.codes and start <= first and end <= below):
                found.append(f"age/{name}")
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.VIETNAM)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).normalize()


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
    withheld (it would give another count away). Empty for a cell of a breakdown. `whole_hidden_as`: the same of a hidden
    denominator of the whole, few or withheld.
    """

    numerator: Decimal | None
    denominator: Decimal | None
    numerator_hidden: bool
    denominator_hidden: bool
    hidden_as: Literal["", "few", "nearly_all", "withheld"] = ""
    whole_hidden_as: Literal["", "few", "withheld"] = ""


MISSING = Value(None, None, False, False)
# Counts of the year and of the period: two consecutive reports would give a hidden one of them away by the other.
TOGETHER = (
    ("people_examined_year", "people_examined_period", "records_counted", "people_by_records"),
    ("examined_share", "examined_share_period", "weekly_progress"),
    ("health_book_share", "first_books_year", "first_books_period"),
    ("result_classes", "result_classes_period"),
    ("main_findings", "main_findings_period"),
    ("examined_commune_age", "examined_commune_age_period"),
    ("examined_commune_source", "examined_commune_source_period"),
    ("examined_sex_age", "examined_sex_age_period"),
    ("result_classes_age", "result_classes_age_period"),
    ("timeliness", "timeliness_facility", "arrival_delay"),
    ("rows_rejected", "rows_corrected"),
)
# People, and records and rows of one person each: few of them are few people.
OF_PEOPLE = ("người", "hồ sơ", "dòng")
# Whose denominators are the same records: of the period, of the year, of the year and in books. Few between two of these are
# few people, and so are few between those in books and the people who count by them.
RECORDS = (
    ("timeliness", "timeliness_facility", "arrival_delay", "records_signed"),
    ("records_counted", "linkage", "review_reasons"),
    ("paid_twice", "repeated_exams"),
)
# Whose numerators are people, or but a few of these records: they may be told where the number of records is not.
COUNTED_ELSEWHERE = ("records_counted", *RECORDS[2])

Cells = Mapping[tuple[str, str], Mapping[str, Figure]]


class Published:
    """The figures of a snapshot with small cells suppressed: what documents and mails may use.

    Small is a count of 1 to 4 people (or records or rows of people), one that leaves 1 to 4 of its denominator, and two of a
    group of TOGETHER that differ by 1 to 4: who was examined this year and not in the period is as few. Indicators of one
    group hide the same keys. A hidden total hides every cell of the indicator's breakdowns, whose sum it is, and every
    denominator that is the same number. In a table by two things no row and no column gives a hidden cell away, whether its
    sum is published or hidden itself.
    """

    def __init__(self, figures: Iterable[Figure], known: Mapping[str, Indicator], below: Below = NOTHING) -> None:
        self.below = below
        self.units = {name: indicator.unit for name, indicator in known.items()}
        self._values: dict[tuple[str, str], dict[str, Value]] = {}
        self._hidden: dict[Margin, set[str]] = {}
        cells: dict[tuple[str, str], dict[str, Figure]] = {}
        for figure in figures:
            cells.setdefault((figure.indicator, figure.breakdown), {})[figure.key] = figure
        groups = [*TOGETHER, *((name,) for name in known if not any(name in group for group in TOGETHER))]
        crossed, told = [], []
        self._withheld: set[str] = set()
        self._hidden_wholes: dict[Margin, set[str]] = {}
        self._forced: dict[Margin, set[str]] = defaultdict(set)
        self._forced_wholes: dict[Margin, set[str]] = defaultdict(set)
        suppressed = []
        for group in groups:
            members = [known[name] for name in group if name in known]
            if any(member.margins for member in members):
                crossed.append(members)
            elif members and all(member.suppress for member in members):
                suppressed.append(members)
            else:
                told += members
        further = True
        while further:
            for members in suppressed:
                self._suppress(members, cells)
            further = any(self._force(member, cells) for member in known.values() if member.contains)
        # Their sums are in other indicators, whose hidden keys have to be known.
        for members in crossed:
            self._suppress_crossed(members, cells)
        self._show(told, cells)
        for member in known.values():
            for breakdown, (parts, through) in member.adds_up.items():
                self._suppress_sums(member.id, breakdown, self._hidden.get(parts, set()), through)
            if member.total_of and member.total_of[2] in self._hidden.get(member.total_of[:2], set()):
                self._withhold(member.id)
        self._suppress_records(cells)
        self._suppress_roster(cells)
        self._suppress_wholes(cells, known)

    def _force(self, indicator: Indicator, cells: Cells) -> bool:
        """Have hidden what counts the same people as a hidden cell, and what holds few more than a cell that it contains.

        Returns:
            Whether that is more than was hidden before.
        """
        before = sum(len(keys) for keys in (*self._forced.values(), *self._forced_wholes.values()))
        for breakdown, (other, through) in indicator.contains.items():
            for pair in cells.get((indicator.id, through), {}):
                key, part, part_key = pair.split("/", 2)
                whole = cells.get((indicator.id, breakdown), {}).get(key)
                held = cells.get((other, part), {}).get(part_key)
                if whole is None or held is None:
                    continue
                one, two = (indicator.id, breakdown), (other, part)
                counted, of = _difference(whole.numerator, held.numerator), _difference(whole.denominator, held.denominator)
                left = _difference(of, counted)
                for apart, hidden_now, forced in (
                    (counted, self._hidden, self._forced),
                    (of, self._hidden_wholes, self._forced_wholes),
                ):
                    same = apart == 0 and (key in hidden_now.get(one, ()) or part_key in hidden_now.get(two, ()))
                    if same:
                        forced[two].add(part_key)
                    if same or (apart is not None and small(abs(apart))):
                        forced[one].add(key)
                if left is not None and small(abs(left)):
                    self._forced[one].add(key)
        return sum(len(keys) for keys in (*self._forced.values(), *self._forced_wholes.values())) > before

    def _show(self, members: Iterable[Indicator], cells: Cells) -> None:
        for member in members:
            withheld = any(name in self._withheld for name in member.follows)
            for (indicator, breakdown), found in cells.items():
                if indicator == member.id:
                    self._values[indicator, breakdown] = {f.key: _value(f, withheld, False) for f in found.values()}

    def _suppress_sums(self, indicator: str, breakdown: str, parts: Collection[str], through: str) -> None:
        """Hide every sum with a hidden part: less its published parts, it would tell of the hidden ones alone."""
        pairs = [key.split("/", 1) for key in self._values.pop((indicator, through), {})]
        unsafe = {whole for whole, part in pairs if part in parts}
        sums = self._values.get((indicator, breakdown), {})
        for key in unsafe & sums.keys():
            sums[key] = replace(sums[key], numerator=None, numerator_hidden=True)
        total = self._values.get((indicator, "total"), {})
        if unsafe and "" in total and total[""].numerator:
            total[""] = replace(total[""], numerator=None, numerator_hidden=True, hidden_as=total[""].hidden_as or "withheld")

    def _withhold(self, indicator: str) -> None:
        """Hide every count of an indicator but zero totals."""
        self._withheld.add(indicator)
        for (name, breakdown), values in self._values.items():
            if name != indicator:
                continue
            for key, value in values.items():
                if breakdown != "total":
                    values[key] = replace(value, numerator=None, numerator_hidden=True)
                elif value.numerator:
                    values[key] = replace(value, numerator=None, numerator_hidden=True, hidden_as="withheld")

    def _suppress_records(self, cells: Cells) -> None:
        """Hide how many records there are where few of them are between two such numbers, and what may be all of them."""
        for breakdown in ("total", "source"):
            wholes = [
                {key: figure.denominator for key, figure in found.items() if figure.denominator is not None}
                for found in (
                    next((cells[name, breakdown] for name in names if (name, breakdown) in cells), {}) for names in RECORDS
                )
            ]
            period, year, booked = range(len(RECORDS))
            people = _numerators(cells.get(("people_examined_year", breakdown), {}))
            counted = _numerators(cells.get(("records_counted", breakdown), {}))
            apart = [
                ({one, other}, _apart(wholes[one], wholes[other]))
                for one, other in ((period, year), (year, booked))
                if wholes[one] and wholes[other]
            ]
            apart += [
                ({one}, _apart(wholes[one], beside))
                for one, beside in ((year, counted), (booked, people))
                if wholes[one] and beside
            ]
            if breakdown == "source":
                chosen = hidden(*wholes, *(column for _, column in apart))
                unsafe = set(range(len(RECORDS)))
            else:
                unsafe = {one for those, column in apart if small(column.get("")) for one in those}
                chosen = {""} if unsafe else set()
            if not chosen:
                continue
            if booked in unsafe:
                # Linked are those in books.
                unsafe.add(year)
            for name in (name for one in sorted(unsafe) for name in RECORDS[one]):
                if breakdown == "total" and name not in COUNTED_ELSEWHERE:
                    self._withhold(name)
                for (indicator, place), values in self._values.items():
                    if indicator == name and (place == breakdown or breakdown == "total"):
                        for key in values.keys() if breakdown == "total" else chosen & values.keys():
                            values[key] = _without_whole(values[key], place)
                            if breakdown == "source" and name not in COUNTED_ELSEWHERE:
                                values[key] = replace(values[key], numerator=None, numerator_hidden=True)

    def _suppress_roster(self, cells: Cells) -> None:
        """Hide how many stand on the lists where few of them are no residents: those are told as what shares are of."""
        of_residence = cells.get(("roster_people", "residence"), {})
        stays = of_residence.get("short_stay")
        few = stays is not None and small(stays.numerator)
        if few:
            self._withhold("roster_people")
            for key in of_residence.keys() & {"resident"}:
                figure = of_residence[key]
                self._values["roster_people", "residence"][key] = _value(figure, small(figure.numerator), False)
        listed = _numerators(cells.get(("population_listed", "commune"), {}))
        shares = cells.get(("examined_share", "commune"), {})
        residents = {key: figure.denominator for key, figure in shares.items() if figure.denominator is not None}
        on_lists = sum(_numerators(cells.get(("roster_people", "total"), {})).values())
        elsewhere = on_lists - sum(listed.values()), sum(residents[key] for key in residents.keys() - listed.keys())
        apart = sum(listed.values()) - sum(residents[key] for key in residents.keys() & listed.keys())
        if few or any(small(count) for count in (apart, elsewhere[0], elsewhere[0] - elsewhere[1])):
            self._withhold("population_listed")
            return
        beside = {key: residents[key] for key in residents.keys() & listed.keys()}
        chosen = hidden(listed, _apart(listed, beside), beside) | hidden(residents)
        for key in chosen & listed.keys():
            value = self._values["population_listed", "commune"][key]
            self._values["population_listed", "commune"][key] = replace(value, numerator=None, numerator_hidden=True)

    def _suppress_wholes(self, cells: Cells, known: Mapping[str, Indicator]) -> None:
        """Hide every denominator that is the same number as a hidden count of the whole, or of the same key."""
        secrets: dict[tuple[str, str], set[Decimal]] = defaultdict(set)
        for (name, breakdown), values in self._values.items():
            # Of a commune it is the number of residents only where nobody stays for a short time, which is not told.
            if name == "population_listed" and breakdown != "total":
                continue
            for key, value in values.items():
                figure = cells.get((name, breakdown), {}).get(key)
                if value.numerator_hidden and figure is not None and figure.numerator and known[name].unit in OF_PEOPLE:
                    secrets[breakdown, key].add(figure.numerator)
        of_whole = secrets["total", ""]
        for (name, breakdown), values in self._values.items():
            if known[name].unit not in OF_PEOPLE:
                continue
            columns = {key.rpartition("/")[2]: value.denominator or Decimal(0) for key, value in values.items()}
            summed = known[name].margins and sum(columns.values()) in of_whole
            for key, value in values.items():
                if summed or value.denominator in of_whole | secrets[breakdown, key]:
                    values[key] = _without_whole(value, breakdown)

    def _suppress_crossed(self, members: list[Indicator], cells: Cells) -> None:
        for breakdown in sorted({breakdown for member in members for breakdown in member.margins}):
            columns, margins = [], [set[str](), set[str]()]
            for member in members:
                found = cells.get((member.id, breakdown), {})
                columns += [_numerators(found), _left(found, member)]
                for place, margin in enumerate(member.margins[breakdown]):
                    if margin is not None:
                        margins[place] |= self._hidden.get(margin, set())
            between = _between(members, cells, breakdown)
            chosen = hidden_crossed([*columns, *between], *margins)
            for member in members:
                found = cells.get((member.id, breakdown), {})
                wholes = {f.key: f.denominator for f in found.values() if f.denominator is not None}
                hidden_wholes = hidden_crossed([wholes], set(), set()) if member.margins[breakdown][1] else hidden(wholes)
                self._values[member.id, breakdown] = {
                    key: _value(found.get(key), key in chosen, key in hidden_wholes) for key in found.keys() | chosen
                }

    def _suppress(self, members: list[Indicator], cells: Cells) -> None:
        totals = {member.id: cells[member.id, "total"][""] for member in members if (member.id, "total") in cells}
        reasons = {member.id: _reason(totals[member.id], member) for member in members if member.id in totals}
        withheld = any(reasons.values()) or any(small(apart.get("")) for apart in _between(members, cells, "total"))
        if withheld:
            self._withheld |= totals.keys()
        unpublished = {name for member in members for name in member.beside.values()}
        unpublished |= {name for member in members for _, name in member.contains.values()}
        found_breakdowns = {breakdown for name, breakdown in cells if any(name == member.id for member in members)}
        for breakdown in sorted(found_breakdowns - unpublished):
            sharing = [
                member
                for member in members
                if (member.id, breakdown) in cells or re.search(rf"\b{re.escape(breakdown)}\b", member.breakdowns)
            ]
            columns = [_numerators(cells.get((member.id, breakdown), {})) for member in sharing]
            left = [_left(cells.get((member.id, breakdown), {}), member) for member in sharing]
            keys = {key for column in columns for key in column}
            # Where the total is told, so is the key that repeats it.
            told = {member.repeats for member in sharing}
            beside = [*columns, *left, *_between(sharing, cells, breakdown)]
            beside += [_numerators(cells.get((member.id, member.beside.get(breakdown, "")), {})) for member in sharing]
            open_keys = [{key: value for key, value in column.items() if key not in told} for column in beside]
            forced = {key for member in sharing for key in self._forced[member.id, breakdown]}
            chosen = keys if withheld else hidden(*open_keys, also=forced)
            if any(breakdown in member.beside for member in sharing):
                chosen = chosen & keys
            for member in sharing:
                self._hidden[member.id, breakdown] = chosen
                found = cells.get((member.id, breakdown), {})
                small_wholes = {f.key: f.denominator for f in found.values() if f.denominator is not None}
                if breakdown == "total":
                    hidden_wholes = {key for key, value in small_wholes.items() if small(value)}
                    # That nobody was counted is no secret and must not read as somebody.
                    chosen = {""} if withheld and any(_numerators(found).values()) else set()
                else:
                    hidden_wholes = hidden(small_wholes, also=self._forced_wholes[member.id, breakdown])
                self._hidden_wholes[member.id, breakdown] = hidden_wholes
                self._values[member.id, breakdown] = {
                    key: _value(found.get(key), key in chosen, key in hidden_wholes)
                    for key in found.keys() | (chosen if member.id in totals else set())
                }
                if breakdown == "total" and "" in hidden_wholes:
                    value = self._values[member.id, breakdown][""]
                    self._values[member.id, breakdown][""] = replace(value, whole_hidden_as="few")
                if breakdown == "total" and chosen:
                    value = self._values[member.id, breakdown][""]
                    self._values[member.id, breakdown][""] = replace(value, hidden_as=reasons[member.id] or "withheld")

    def get(self, indicator: str, breakdown: str = "total", key: str = "") -> Value:
        """One value; all None when the snapshot has none."""
        return self._values.get((indicator, breakdown), {}).get(key, MISSING)

    def keys(self, indicator: str, breakdown: str) -> list[str]:
        """The keys of a breakdown, in order."""
        return sorted(self._values.get((indicator, breakdown), {}))

    def breakdowns(self, indicator: str) -> list[str]:
        """The breakdowns the snapshot has of an indicator, in order."""
        return sorted(breakdown for name, breakdown in self._values if name == indicator)


def _numerators(found: Mapping[str, Figure]) -> dict[str, Decimal]:
    return {key: figure.numerator for key, figure in found.items() if figure.numerator is not None}


def _left(found: Mapping[str, Figure], indicator: Indicator) -> dict[str, Decimal]:
    """What each count leaves of its denominator, where that is people or what belongs to them.

    Records that count nobody are left to their number: hiding it hides less than hiding the people who count. What lists
    lack of a registered population are no people whom anybody knows.
    """
    if indicator.unit not in OF_PEOPLE or indicator.id in ("records_counted", "population_listed"):
        return {}
    return {
        key: figure.denominator - figure.numerator
        for key, figure in found.items()
        if figure.numerator is not None and figure.denominator is not None
    }


def _between(members: Iterable[Indicator], cells: Cells, breakdown: str) -> list[dict[str, Decimal]]:
    """How far the counts of each two indicators of people are apart, by key; a key that one lacks counts nobody there."""
    columns = [
        _numerators(cells[member.id, breakdown])
        for member in members
        if member.unit == "người" and (member.id, breakdown) in cells
    ]
    return [_apart(*pair) for pair in combinations(columns, 2)]


def _difference(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one - other


def _apart(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {key: abs(one.get(key, Decimal(0)) - other.get(key, Decimal(0))) for key in one.keys() | other.keys()}


def _without_whole(value: Value, breakdown: str) -> Value:
    if value.denominator is None:
        return value
    told: Literal["", "withheld"] = "withheld" if breakdown == "total" else ""
    return replace(value, denominator=None, denominator_hidden=True, whole_hidden_as=told)


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
