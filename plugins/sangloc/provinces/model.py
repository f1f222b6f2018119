"""The schema of `profile.yaml` and of a commune. What a key means is said here; values and sources are in the files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from sangloc.errors import ConfigurationError

JOINED_VARIABLE = "SANGLOC_JOINED_ON"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Mail = Annotated[str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+\.[a-z]{2,}$")]
Reading = Literal["strict", "inclusive"]
Certainty = Literal["verified", "second_hand", "assumed"]
Contact = Literal["officer", "deputy", "engineer", "superior"]
Cadence = Literal["monthly", "quarterly", "annual", "school_year", "one_off", "ad_hoc"]


class Strict(BaseModel):
    """No unknown key, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Commune(Strict):
    """A commune-level unit (xã, phường, đặc khu) in force from `valid_from` to `valid_to`, both days included.

    `population` is the registered one, None when unknown; `population_certainty` says whether its source states it so,
    whether lost zeros were put back, or whether it was given back to this unit from another's row. `area` is khu vực
    I, II or III of NĐ 272/2025/NĐ-CP, `ethnic_area` vùng đồng bào dân tộc thiểu số và miền núi; these and `island` (xã
    đảo) and `border` (xã biên giới) are None until the province's list is entered.
    """

    code: Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
    name: Text
    kind: Literal["xã", "phường", "đặc khu"]
    latitude: Annotated[float, Field(ge=8, le=24)]
    longitude: Annotated[float, Field(ge=102, le=118)]
    valid_from: date
    valid_to: date | None
    population: Annotated[int, Field(ge=1)] | None = None
    population_certainty: Literal["stated", "repaired", "reassigned"] | None = None
    area: Literal["I", "II", "III"] | None = None
    ethnic_area: bool | None = None
    island: bool | None = None
    border: bool | None = None

    @property
    def flags(self) -> frozenset[str]:
        """What rules of target groups may ask of a commune: area_1 to area_3, ethnic_area, island, border, special_zone."""
        found = {name for name in ("ethnic_area", "island", "border") if getattr(self, name)}
        if self.area:
            found.add(f"area_{len(self.area)}")
        if self.kind == "đặc khu":
            found.add("special_zone")
        return frozenset(found)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.population is None) != (self.population_certainty is None):
            raise ValueError("expected population and population_certainty both given or both empty")
        if not self.name.lower().startswith(self.kind + " "):
            raise ValueError(f"expected a name that begins with its kind, {self.kind!r}")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("expected valid_to on or after valid_from")
        return self


class HealthDepartment(Strict):
    """The Sở Y tế as it stands in the letterhead of its reports (NĐ 30/2020/NĐ-CP, annex I)."""

    name: Text
    superior: Text
    place: Text
    symbol: Text
    signer_title: Text


class Order(Strict):
    """A document the province acts under. `date` stays empty where the copy at hand has no day."""

    id: Identifier
    number: Text
    title: Text
    issuer: Text
    date: date | None
    date_text: Text
    certainty: Certainty


class DueDay(Strict):
    """Due by a day of a month: the month of the period's last day plus `month_offset`.

    With the reading `strict`, "trước ngày 05" ends with the 4th; with `inclusive` it ends with the 5th.
    """

    kind: Literal["day_of_month"]
    day: Annotated[int, Field(ge=1, le=31)]
    month_offset: Annotated[int, Field(ge=0, le=12)]
    reading: Reading


class DueOn(Strict):
    """Due by one date, read like `DueDay`."""

    kind: Literal["date"]
    date: date
    reading: Reading


class DueAfter(Strict):
    """Due so many hours after somebody started the report."""

    kind: Literal["hours"]
    hours: Annotated[int, Field(ge=1, le=24 * 31)]


DueRule = Annotated[DueDay | DueOn | DueAfter, Field(discriminator="kind")]


class CalendarCutOff(Strict):
    """Periods are calendar months, quarters, years, or school years from 1 September."""

    kind: Literal["calendar"]


class ShiftedCutOff(Strict):
    """Periods run from `from_day` of one month to the day before it of another (NĐ 09/2019/NĐ-CP: 15 to 14).

    Months: of the month before to this one. Quarters: of the month before the quarter to its last month. Years and
    school years: `month` is the month of the last day.
    """

    kind: Literal["shifted"]
    from_day: Annotated[int, Field(ge=2, le=28)]
    to_day: Annotated[int, Field(ge=1, le=27)]
    month: Annotated[int, Field(ge=1, le=12)] | None = None

    @model_validator(mode="after")
    def _no_gap(self) -> Self:
        if self.to_day != self.from_day - 1:
            raise ValueError(f"expected to_day {self.from_day - 1}, the day before from_day, so that no day is left out")
        return self


class FixedCutOff(Strict):
    """The one period of a one-off obligation; the report is compiled when it has ended."""

    kind: Literal["fixed"]
    starts: date
    ends: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends < self.starts:
            raise ValueError("expected ends on or after starts")
        return self


CutOff = Annotated[CalendarCutOff | ShiftedCutOff | FixedCutOff, Field(discriminator="kind")]


class Recipient(Strict):
    """Who gets the report, and the mailbox it goes to."""

    name: Text
    address: Mail


class ManualFigure(Strict):
    """A figure or text of the report that no table holds: units below report it, or a person enters it.

    What a unit may enter: a number from `least` to `most` with at most so many `decimals`, in `unit`; a text of at most
    `longest` characters. `required`: a form that leaves it empty is given back for it (a unit with none of it writes 0).
    `guide` is what the form says beside it.
    """

    id: Identifier
    name_vi: Text
    kind: Literal["number", "text"]
    unit: Text | None = None
    least: float = 0
    most: float | None = None
    decimals: Annotated[int, Field(ge=0, le=4)] = 0
    longest: Annotated[int, Field(ge=1, le=10_000)] = 2000
    required: bool = False
    guide: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        foreign = ("unit", "least", "most", "decimals") if self.kind == "text" else ("longest",)
        given = [name for name in foreign if getattr(self, name) != type(self).model_fields[name].default]
        if given:
            raise ValueError(f"expected no {given[0]} for a {self.kind}")
        if self.most is not None and self.most < self.least:
            raise ValueError("expected most at least as large as least")
        return self


class Reminder(Strict):
    """A mail before a report is due, to these contacts.

    `working_days_before` counts from the last day in time, which is not counted itself; `hours_before`, for an ad-hoc
    report, from the instant it is due.
    """

    working_days_before: Annotated[int, Field(ge=1, le=60)] | None = None
    hours_before: Annotated[int, Field(ge=1, le=24 * 31)] | None = None
    to: Annotated[list[Contact], Field(min_length=1)]


class Escalation(Strict):
    """A mail about a report that is overdue, to these contacts.

    `working_days_after` counts from the last day in time, and 0 is the moment it has passed, whatever day that is;
    `hours_after`, for an ad-hoc report, counts from the instant it was due.
    """

    working_days_after: Annotated[int, Field(ge=0, le=60)] | None = None
    hours_after: Annotated[int, Field(ge=0, le=24 * 31)] | None = None
    to: Annotated[list[Contact], Field(min_length=1)]


class Watch(Strict):
    """Who is told about a report that has not gone out, before and after it is due; each step once."""

    reminders: Annotated[list[Reminder], Field(min_length=1)]
    escalation: Annotated[list[Escalation], Field(min_length=1)]
    certainty: Certainty
    note: Text

    @model_validator(mode="after")
    def _one_ladder(self) -> Self:
        problems = []
        hours = self.in_hours
        unit, other = ("hours", "working_days") if hours else ("working_days", "hours")
        for name, steps, side in (("reminders", self.reminders, "before"), ("escalation", self.escalation, "after")):
            counts = [getattr(step, f"{unit}_{side}") for step in steps]
            if None in counts or any(getattr(step, f"{other}_{side}") is not None for step in steps):
                problems.append(f"{name}: expected {unit}_{side}, and no {other}_{side}, in every step")
            elif counts != sorted(set(counts), reverse=side == "before"):
                problems.append(f"{name}: expected {unit}_{side} in the order of time, each once")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def in_hours(self) -> bool:
        """Whether the steps are hours, as those of ad-hoc reports, and not working days."""
        return self.reminders[0].hours_before is not None


class Unit(Strict):
    """A department or other body that owes figures, and its mailbox where one is known."""

    id: Identifier
    name: Text
    address: Mail | None = None


class Input(Strict):
    """Figures of a report that come from below: from every commune, every facility, or the bodies named in `units`.

    `figures` are ids of the report's manual figures. They are due so many working days before the day on which the
    report should be out, but never before its period has ended.
    """

    id: Identifier
    name_vi: Text
    owed_by: Literal["communes", "facilities", "departments"]
    units: list[Unit] = []
    figures: Annotated[list[Identifier], Field(min_length=1)]
    working_days_before: Annotated[int, Field(ge=0, le=60)]
    legal_basis: Text
    certainty: Certainty

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if (self.owed_by == "departments") != bool(self.units):
            raise ValueError("units: expected the bodies when owed_by is 'departments', and none otherwise")
        twice = _repeated([unit.id for unit in self.units])
        if twice:
            raise ValueError(f"units: expected each id once, {twice[0]!r} repeats")
        return self


class Obligation(Strict):
    """A report the province owes: to whom, how often, by when, over which days, with which contents.

    `watch` says who is told before and after it is due, `inputs` who owes figures for it. `contents` are ids of
    indicators (`include/sql/indicators/`) in the order of the report, `manual_figures` follow. `owed_by` is the body on
    which the order lays the duty, `issuer` the one in whose name this system prepares it. `since` is the day the duty
    began: no period that ended before it is owed.
    """

    id: Identifier
    name_vi: Text
    owed_by: Text
    issuer: Text
    recipients: Annotated[list[Recipient], Field(min_length=1)]
    cadence: Cadence
    since: date
    due: DueRule
    cutoff: CutOff | None = None
    working_day_rule: Literal["previous", "next"] = "previous"
    watch: Watch
    contents: list[Identifier]
    manual_figures: list[ManualFigure] = []
    inputs: list[Input] = []
    orders: Annotated[list[Identifier], Field(min_length=1)]
    legal_basis: Text
    certainty: Certainty
    note: Text

    @model_validator(mode="after")
    def _rules_fit_cadence(self) -> Self:
        problems = []
        due, cutoff = self.due, self.cutoff
        if not self.contents and self.cadence != "ad_hoc":
            problems.append("contents: expected at least one indicator")
        expected_due = {"one_off": "date", "ad_hoc": "hours"}.get(self.cadence, "day_of_month")
        if due.kind != expected_due:
            problems.append(f"due.kind: expected {expected_due!r} for cadence {self.cadence!r}")
        if self.cadence == "ad_hoc":
            if cutoff is not None:
                problems.append("cutoff: expected none for cadence 'ad_hoc'")
        elif self.cadence == "one_off":
            if not isinstance(cutoff, FixedCutOff):
                problems.append("cutoff.kind: expected 'fixed' for cadence 'one_off'")
            elif isinstance(due, DueOn) and cutoff.ends >= due.date:
                problems.append("cutoff.ends: expected a day before due.date")
        elif cutoff is None or isinstance(cutoff, FixedCutOff):
            problems.append(f"cutoff.kind: expected 'calendar' or 'shifted' for cadence {self.cadence!r}")
        elif isinstance(cutoff, ShiftedCutOff):
            yearly = self.cadence in ("annual", "school_year")
            if yearly and cutoff.month is None:
                problems.append(f"cutoff.month: expected the month of the last day for cadence {self.cadence!r}")
            if not yearly and cutoff.month is not None:
                problems.append(f"cutoff.month: expected none for cadence {self.cadence!r}")
        if isinstance(due, DueDay) and not isinstance(cutoff, FixedCutOff) and cutoff is not None:
            last_day = cutoff.to_day if isinstance(cutoff, ShiftedCutOff) else 31
            latest = due.day - 1 if due.reading == "strict" else due.day
            if (due.month_offset == 0 and latest <= last_day) or latest + 31 * due.month_offset <= last_day:
                problems.append("due: expected a day after the period's end")
        if self.watch.in_hours != (self.cadence == "ad_hoc"):
            unit = "hours" if self.cadence == "ad_hoc" else "working days"
            problems.append(f"watch: expected steps in {unit} for cadence {self.cadence!r}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _inputs_name_figures(self) -> Self:
        known = {figure.id: figure for figure in self.manual_figures}
        problems = [f"inputs: expected each id once, {name!r} repeats" for name in _repeated([owed.id for owed in self.inputs])]
        for number, owed in enumerate(self.inputs):
            missing = sorted(set(owed.figures) - known.keys())
            problems += [f"inputs[{number}].figures: expected an id from manual_figures, {name!r} is none" for name in missing]
            problems += [
                f"inputs[{number}].figures: expected manual_figures to give unit and most of {name!r}, which units report"
                for name in owed.figures
                if name in known and known[name].kind == "number" and None in (known[name].unit, known[name].most)
            ]
        asked = [
            f"{name} of {unit or owed.owed_by}"
            for owed in self.inputs
            for unit in ([unit.id for unit in owed.units] or [""])
            for name in owed.figures
        ]
        problems += [f"inputs: expected each figure to be asked of a unit once, {name!r} repeats" for name in _repeated(asked)]
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Target(Strict):
    """A target of an order. `indicator`: the indicator or manual figure it is compared with, or null."""

    id: Identifier
    name_vi: Text
    comparison: Literal[">", ">=", "="]
    value: float
    unit: Text
    by_year: Annotated[int, Field(ge=2025, le=2050)]
    indicator: Identifier | None
    order: Identifier
    source: Text


class WorkingHours(Strict):
    """One part of the working day."""

    starts: time
    ends: time

    @field_validator("starts", "ends", mode="before")
    @classmethod
    def _clock_text(cls, value: object) -> object:
        # YAML reads an unquoted 7:30 as the number 450.
        if not isinstance(value, str) or not re.fullmatch(r"\d\d:\d\d", value):
            raise ValueError('expected a quoted time such as "07:30"')
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends <= self.starts:
            raise ValueError("expected ends after starts")
        return self


class Capacity(Strict):
    """What a default commune station and a default mobile team can do, until real ones are entered.

    Persons per day of work; `teams` is the number of mobile teams of the whole province.
    """

    working_weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, max_length=7)]
    working_hours: Annotated[list[WorkingHours], Field(min_length=1)]
    station_persons_per_day: Annotated[int, Field(ge=1, le=2000)]
    team_persons_per_day: Annotated[int, Field(ge=1, le=2000)]
    teams: Annotated[int, Field(ge=0, le=1000)]
    note: Text


class PriorityGroup(Strict):
    """A group that is planned first, in the order of the list.

    A person belongs to it by any of the group codes (DOI_TUONG of QĐ 2062/QĐ-BYT, 1 to 16) or by age in completed
    years, from `age_from` to below `age_below`.
    """

    id: Identifier
    name_vi: Text
    codes: list[Annotated[int, Field(ge=1, le=16)]]
    age_from: Annotated[int, Field(ge=0, le=130)] | None = None
    age_below: Annotated[int, Field(ge=1, le=131)] | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.codes and self.age_from is None and self.age_below is None:
            raise ValueError("expected at least one code or an age bound")
        return self


class Residence(Strict):
    """Who counts as a resident: permanent residents, and temporary ones from so many months on."""

    permanent: Literal[True]
    temporary_min_months: Annotated[int, Field(ge=0, le=120)]


Share = Annotated[Decimal, Field(ge=0, le=1)]


class RosterBounds(Strict):
    """How far a commune's list may differ from its roster before it waits for an officer (`sangloc.roster.gates`).

    Shares are of 1; a share at its bound passes, one above it holds the list. `fewest_people` on the commune's roster,
    and `fewest_rows` in the list, are needed for a share to mean anything. `former_names` are, by commune code, the
    names of units that went into the commune and that another commune of the province bears today: lists still carry
    them.
    """

    most_closed_share: Share
    most_arrived_share: Share
    most_rejected_share: Share
    most_repeated_share: Share
    most_elsewhere_share: Share
    fewest_people: Annotated[int, Field(ge=1, le=10_000)]
    fewest_rows: Annotated[int, Field(ge=1, le=10_000)]
    former_names: dict[Annotated[str, StringConstraints(pattern=r"^\d{5}$")], Annotated[list[Text], Field(min_length=1)]] = {}
    certainty: Certainty
    note: Text


Source = Literal["screening", "periodic", "school", "worker", "occupational", "insurance"]


class Coverage(Strict):
    """By which examination a person counts in a year, and which would have been paid for twice.

    The first of the year counts; of one day that of the source named first in `source_priority`. `kinds`: examinations of
    the sources of one kind stand for each other, so that a second one, of another source, was not needed.
    """

    source_priority: Annotated[list[Source], Field(min_length=6, max_length=6)]
    kinds: dict[Identifier, Annotated[list[Source], Field(min_length=1)]]
    certainty: Certainty
    note: Text

    @model_validator(mode="after")
    def _each_source_once(self) -> Self:
        of_kinds = [source for sources in self.kinds.values() for source in sources]
        for name, sources in (("source_priority", self.source_priority), ("kinds", of_kinds)):
            if sorted(sources) != sorted(get_args(Source)):
                raise ValueError(f"{name}: expected each of {', '.join(get_args(Source))} once")
        return self


class Contacts(Strict):
    """Mailboxes: the sender of all mail, the officer who gets reports to sign, the deputy, the data engineer, and the
    leadership of the health department, which hears of what is overdue."""

    sender: Mail
    officer: Mail
    deputy: Mail
    engineer: Mail
    superior: Mail

    def addresses(self, contacts: Iterable[Contact]) -> list[str]:
        """Their mailboxes, each once."""
        return list(dict.fromkeys(getattr(self, contact) for contact in contacts))


class BoardMail(Strict):
    """Who gets the board of all obligations at the beginning of a month."""

    to: Annotated[list[Contact], Field(min_length=1)]
    certainty: Certainty
    note: Text


class Approval(Strict):
    """Who may approve a report in the UI, when the deputy is asked too, and how long the task waits for an answer.

    `deputies` may answer only once the officer has had `deputy_after_hours`.
    """

    users: Annotated[list[Identifier], Field(min_length=1)]
    deputies: list[Identifier] = []
    deputy_after_hours: Annotated[int, Field(ge=1, le=24 * 14)]
    timeout_days: Annotated[int, Field(ge=1, le=90)]


class Bounds(Strict):
    """The rectangle, in degrees, that holds every commune of the province."""

    south: Annotated[float, Field(ge=8, le=24)]
    north: Annotated[float, Field(ge=8, le=24)]
    west: Annotated[float, Field(ge=102, le=118)]
    east: Annotated[float, Field(ge=102, le=118)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.north <= self.south or self.east <= self.west:
            raise ValueError("expected south < north and west < east")
        return self


class Profile(Strict):
    """Everything the system knows of a province before the first file arrives."""

    slug: Identifier
    code: Annotated[str, StringConstraints(pattern=r"^\d{2}$")]
    name: Text
    short_name: Text
    commune_count: Annotated[int, Field(ge=1)]
    population: Annotated[int, Field(ge=1)]
    population_source: Text
    joined_on: date
    health_department: HealthDepartment
    orders: Annotated[list[Order], Field(min_length=1)]
    obligations: Annotated[list[Obligation], Field(min_length=1)]
    targets: list[Target]
    capacity: Capacity
    priority_groups: Annotated[list[PriorityGroup], Field(min_length=1)]
    residence: Residence
    roster: RosterBounds
    coverage: Coverage
    contacts: Contacts
    board: BoardMail
    approval: Approval
    bounds: Bounds

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        problems = []
        for key, ids in {
            "orders": [order.id for order in self.orders],
            "obligations": [obligation.id for obligation in self.obligations],
            "targets": [target.id for target in self.targets],
            "priority_groups": [group.id for group in self.priority_groups],
        }.items():
            problems += [f"{key}: expected each id once, {twice!r} repeats" for twice in _repeated(ids)]
        known = {order.id for order in self.orders}
        for number, obligation in enumerate(self.obligations):
            missing = sorted(set(obligation.orders) - known)
            problems += [f"obligations[{number}].orders: expected an id from orders, {name!r} is none" for name in missing]
        for number, target in enumerate(self.targets):
            if target.order not in known:
                problems.append(f"targets[{number}].order: expected an id from orders, {target.order!r} is none")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def joined(self) -> date:
        """The day the province started with the system; `SANGLOC_JOINED_ON` (ISO date) overrides the profile.

        Raises:
            ConfigurationError: when the variable is not an ISO date.
        """
        override = os.environ.get(JOINED_VARIABLE)
        if not override:
            return self.joined_on
        try:
            return date.fromisoformat(override)
        except ValueError:
            raise ConfigurationError(f"{JOINED_VARIABLE}={override!r} is not a date; expected for example 2026-11-02") from None

    def obligation(self, identifier: str) -> Obligation:
        """The obligation with this id.

        Raises:
            ConfigurationError: when the profile has none of that id.
        """
        for obligation in self.obligations:
            if obligation.id == identifier:
                return obligation
        known = ", ".join(obligation.id for obligation in self.obligations)
        raise ConfigurationError(
            f"include/provinces/{self.slug}/profile.yaml: obligations: expected one with the id {identifier!r}, "
            f"there are only {known}"
        )

    def order(self, identifier: str) -> Order:
        """The order with this id (every reference was checked when the profile was read)."""
        return next(order for order in self.orders if order.id == identifier)


def _repeated(ids: list[str]) -> list[str]:
    return sorted({name for name in ids if ids.count(name) > 1})
