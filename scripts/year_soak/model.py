"""What has to happen in the year, worked out from the orders and docs/deadlines.md without any of the project's own code:
which report is owed when, whom the watch tells of what on which morning, and how late each report is in the end.

Days off are written out by hand, due days follow from the words of each order. All moments are Vietnam time, without offset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

Moment = datetime
ONE_DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

# Public holidays that fall on Monday to Friday, days off in lieu included; 31 August 2026 is swapped with Saturday the 22nd.
DAYS_OFF = frozenset(
    date.fromisoformat(day)
    for day in (
        "2026-08-31", "2026-09-01", "2026-09-02", "2026-11-24", "2027-01-01", "2027-02-04", "2027-02-05", "2027-02-08",
        "2027-02-09", "2027-02-10", "2027-04-16", "2027-04-30", "2027-05-03", "2027-09-02", "2027-09-03", "2027-11-24",
        "2028-01-03",
    )
)  # fmt: skip
DAYS_WORKED = frozenset({date(2026, 8, 22)})


def moment(text: str) -> Moment:
    """A moment from "2027-02-02 09:00"."""
    return datetime.fromisoformat(text)


def events(*texts: tuple[str, str]) -> tuple[Event, ...]:
    """What people do about one report, from (moment, what)."""
    return tuple(Event(moment(at), what) for at, what in texts)  # type: ignore[arg-type]


Contact = Literal["officer", "deputy", "engineer", "superior"]
# Who is told how many working days before the last day in time, and after it.
BEFORE: dict[int, tuple[Contact, ...]] = {
    10: ("officer",),
    5: ("officer",),
    2: ("officer", "deputy"),
    1: ("officer", "deputy", "engineer"),
}
BEFORE_ANNUAL = {30: ("officer",), **BEFORE}
AFTER: dict[int, tuple[Contact, ...]] = {
    0: ("officer", "deputy", "engineer"),
    2: ("officer", "deputy", "engineer", "superior"),
    5: ("officer", "deputy", "engineer", "superior"),
}
# The same of an ad-hoc report, in hours.
AD_HOC_HOURS = 24
BEFORE_HOURS: dict[int, tuple[Contact, ...]] = {24: ("officer",), 4: ("officer", "deputy", "engineer")}
AFTER_HOURS: dict[int, tuple[Contact, ...]] = {0: AFTER[2], 24: AFTER[2]}
# To whom each report goes, as the orders name them.
RECIPIENTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("hai_phong", "monthly_byt"): ("baocao@moh.example",),
    ("hai_phong", "quarterly_ubnd"): ("vanthu@ubnd.haiphong.example",),
    ("hai_phong", "school_guidance_2026"): ("vanthu@sgddt.haiphong.example", "vanthu@ubnd.haiphong.example"),
    ("hai_phong", "incident"): ("vanthu@ubnd.haiphong.example",),
    ("lang_son", "monthly_byt"): ("baocao@moh.example",),
    ("lang_son", "annual_dang_uy"): ("vanthu@danguyubnd.langson.example", "vanthu@ubnd.langson.example"),
    ("lang_son", "incident"): ("btgdv@danguyubnd.langson.example",),
    ("thai_nguyen", "monthly_byt"): ("baocao@moh.example",),
    ("thai_nguyen", "annual_progress"): ("vanphong@tinhuy.thainguyen.example", "vanthu@ubnd.thainguyen.example"),
}
BOARD: tuple[Contact, ...] = ("officer", "deputy", "superior")
DEPUTY_AFTER = 24 * HOUR
STANDSTILL = 5 * HOUR
# How long after the mail server is back a mail that waits goes out, at the latest.
RETRIED_AFTER = timedelta(minutes=30)
ANSWER_WITHIN = timedelta(days=30)
HOURLY_AT = 15
WATCH_AT, COMPILED_AT, APPROVED_AT = time(7), time(1), time(9)


@dataclass(frozen=True)
class Offices:
    """On which days offices work; `swapped` are days off beside the public ones, `worked` the weekend days worked for them."""

    swapped: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def open_on(self, day: date) -> bool:
        if day in DAYS_WORKED | self.worked:
            return True
        return day.weekday() < 5 and day not in DAYS_OFF | self.swapped

    def counted(self, day: date, count: int) -> date:
        """The count-th day on which offices work after `day`, before it when negative."""
        while count:
            day += ONE_DAY if count > 0 else -ONE_DAY
            if self.open_on(day):
                count += -1 if count > 0 else 1
        return day

    def on_or_after(self, day: date) -> date:
        return day if self.open_on(day) else self.counted(day, 1)


@dataclass(frozen=True, order=True)
class Owed:
    """One report: `ends` is the last day of its period, `due_on` the last day in time. An ad-hoc one is due by the minute."""

    due_on: date
    obligation: str
    key: str
    ends: date
    annual: bool = False
    begun_at: Moment | None = None

    @property
    def due_at(self) -> Moment:
        if self.begun_at is not None:
            return self.begun_at + AD_HOC_HOURS * HOUR
        return datetime.combine(self.due_on, time.max)

    @property
    def cut_off(self) -> Moment:
        """When the timetable starts the run."""
        return self.begun_at or datetime.combine(self.ends + ONE_DAY, COMPILED_AT)


def _months(first: tuple[int, int], last: tuple[int, int]) -> list[tuple[int, int]]:
    found, (year, month) = [], first
    while (year, month) <= last:
        found.append((year, month))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _after(year: int, month: int, day: int) -> date:
    """That day of the month after."""
    return date(year, month + 1, day) if month < 12 else date(year + 1, 1, day)


def owed(slug: str) -> list[Owed]:
    """Every report of a province from its orders, up to the periods that end in 2027."""
    # Công văn 1129 is of September 2026: "hằng tháng"; ours: before the 5th.
    found = [
        Owed(_after(year, month, 4), "monthly_byt", f"{year}-{month:02}", _after(year, month, 1) - ONE_DAY)
        for year, month in _months((2026, 9), (2027, 12))
    ]
    if slug == "hai_phong":
        # "trước ngày 05 của tháng đầu quý tiếp theo", since 6 May 2026.
        found += [
            Owed(_after(year, month, 4), "quarterly_ubnd", f"{year}-Q{month // 3}", _after(year, month, 1) - ONE_DAY)
            for year, month in _months((2026, 6), (2027, 12))
            if month % 3 == 0
        ]
        # "trước ngày 15/5/2026" and "trong tháng 6 năm 2026".
        found.append(Owed(date(2026, 5, 14), "plan_2026", "2026-05-15", date(2026, 5, 11)))
        found.append(Owed(date(2026, 6, 30), "school_guidance_2026", "2026-06-30", date(2026, 6, 25)))
    elif slug == "lang_son":
        # "trước ngày 05/12 hằng năm", of 15 November to 14 November.
        found += [
            Owed(date(year, 12, 4), "annual_dang_uy", str(year), date(year, 11, 14), annual=True) for year in (2026, 2027)
        ]
    else:
        # Before 25 December, of 15 December to 14 December.
        found += [
            Owed(date(year, 12, 24), "annual_progress", str(year), date(year, 12, 14), annual=True) for year in (2026, 2027)
        ]
    return sorted(found)


@dataclass(frozen=True)
class Event:
    """What a person does about a report.

    approve, send_back: the officer's answer. again: the report's DAG is started by hand for this period. correct: likewise,
    after the report went out. acknowledge: a recipient's word is written down. settle: somebody has asked and says that the
    mail in doubt, or refused, has reached its recipient.
    """

    at: Moment
    what: Literal["approve", "send_back", "again", "correct", "acknowledge", "settle"]


@dataclass(frozen=True)
class Hold:
    """Airflow does nothing: of one DAG, which is paused, or at all, because the scheduler is down."""

    since: Moment
    until: Moment
    dag: str = ""

    def covers(self, at: Moment, slug: str, obligation: str) -> bool:
        return self.since <= at < self.until and self.dag in ("", f"{slug}__report_{obligation}")


@dataclass(frozen=True)
class Trouble:
    """How the mail server fails for a while.

    away: nobody answers. 421, 451: not now, before and after the mail's text. refused: this recipient, for good. hang up: it
    takes the mail and the connection breaks before it says so.
    """

    since: Moment
    until: Moment
    what: Literal["away", "421", "451", "refused", "hang up"]
    recipient: str = ""

    @property
    def passes(self) -> bool:
        """Whether trying again helps."""
        return self.what in ("away", "421", "451")


@dataclass(frozen=True)
class Province:
    """A province of the simulation: `joined` is its first day, `courses` what goes otherwise than usual, by report."""

    slug: str
    joined: date
    courses: dict[tuple[str, str], tuple[Event, ...]] = field(default_factory=dict)
    incidents: dict[Moment, tuple[Event, ...]] = field(default_factory=dict)

    def owes(self) -> list[Owed]:
        """What is owed from the day the province joined: not what was due before."""
        regular = [one for one in owed(self.slug) if one.due_on >= self.joined]
        ad_hoc = [
            Owed((at + AD_HOC_HOURS * HOUR).date(), "incident", f"{at:%Y%m%d}", at.date(), begun_at=at) for at in self.incidents
        ]
        return sorted(regular + ad_hoc)


@dataclass(frozen=True)
class State:
    """A report's state from a moment on. `delivered_at` is the first time it went out."""

    since: Moment
    name: str
    version: int
    delivered_at: Moment | None


@dataclass(frozen=True, order=True)
class Told:
    """A mail of the watch: on which day, about what, to whom; about an incident, in which hour (`topic` ends with @07)."""

    day: date
    topic: str
    to: tuple[str, ...]


class Year:
    """The course of a stretch of time in one province.

    Args:
        province: with what goes otherwise than usual there.
        first, last: the days that are simulated.
        offices: when offices work.
        holds: when Airflow does nothing.
        troubles: when the mail server fails.
    """

    def __init__(
        self,
        province: Province,
        first: date,
        last: date,
        offices: Offices,
        holds: tuple[Hold, ...] = (),
        troubles: tuple[Trouble, ...] = (),
    ) -> None:
        self.troubles = troubles
        # To whom each version of a report goes, on which day; and what a person is told about its mails, since when.
        self.mailed: dict[tuple[Owed, int], tuple[date, tuple[str, ...]]] = {}
        self.news: dict[Owed, tuple[Moment, str]] = {}
        self.province, self.first, self.last = province, max(first, province.joined), last
        self.offices, self.holds = offices, holds
        self.reports: dict[Owed, list[State]] = {}
        self.events: dict[Owed, list[Event]] = {}
        # The run of an obligation that waits for the officer keeps the next one from starting.
        free: dict[str, Moment] = {}
        for one in sorted(province.owes(), key=lambda each: (each.ends, each)):
            if one.ends <= last:
                free[one.obligation] = self._course(one, free.get(one.obligation, one.cut_off))

    def _course(self, one: Owed, free: Moment) -> Moment:
        """Work out the states of one report; returns when its first run has ended."""
        compiled = self._started(one, max(one.cut_off, free, datetime.combine(self.first, time(0, 30))))
        ours = self.province.incidents if one.begun_at else self.province.courses
        key: object = one.begun_at or (one.obligation, one.key)
        events = ours.get(key)  # type: ignore[call-overload]
        if events is None:
            day = self.offices.on_or_after(compiled.date())
            if day > one.due_on >= compiled.date():
                # No office works before it is due: the officer comes in on the first day after the period.
                day = compiled.date()
            approved = max(datetime.combine(day, APPROVED_AT), compiled + HOUR)
            events = (Event(approved, "approve"),)
        events = tuple(event for event in events if event.at.date() <= self.last)
        known = datetime.combine(self.first, time.min)
        states = [State(known, "expected", 1, None)] if one.begun_at is None else []
        if compiled.date() <= self.last:
            states.append(State(compiled, "in_review", 1, None))
        ended = compiled + ANSWER_WITHIN
        for event in events:
            before = states[-1]
            version, delivered, name = before.version, before.delivered_at, "in_review"
            if event.what == "approve":
                name, later = self._mail(one, version, event.at)
                delivered = delivered or (event.at if name == "delivered" else None)
                if later is not None:
                    states.append(State(event.at, name, version, delivered))
                    states.append(State(later, "delivered", version, delivered or later))
                    ended = min(ended, later)
                    continue
            elif event.what == "settle":
                # What was taken had arrived; what was refused reaches the recipient by another way.
                name = "delivered"
                delivered = delivered or (before.since if self.news[one][1] == "in-doubt" else event.at)
            elif event.what == "send_back":
                name = "sent_back"
            elif event.what == "acknowledge":
                name = "acknowledged"
            else:
                version += 1
            states.append(State(event.at, name, version, delivered))
            if event.what in ("approve", "send_back"):
                ended = min(ended, event.at)
        self.reports[one], self.events[one] = states, list(events)
        return ended

    def _mail(self, one: Owed, version: int, at: Moment) -> tuple[str, Moment | None]:
        """The state after approval, and when it goes out if trying again helps."""
        to = RECIPIENTS[self.province.slug, one.obligation]
        found = [trouble for trouble in self.troubles if trouble.since <= at < trouble.until]
        if not found:
            self.mailed[one, version] = (at.date(), to)
            return "delivered", None
        trouble = found[0]
        if trouble.passes:
            later = trouble.until + RETRIED_AFTER
            self.mailed[one, version] = (later.date(), to)
            return "sending", later
        self.mailed[one, version] = (at.date(), tuple(one for one in to if one != trouble.recipient))
        self.news[one] = (at, "refused" if trouble.what == "refused" else "in-doubt")
        return "sending", None

    def _started(self, one: Owed, at: Moment) -> Moment:
        for hold in sorted(self.holds, key=lambda each: each.since):
            if hold.covers(at, self.province.slug, one.obligation):
                at = hold.until
        return at

    def state(self, one: Owed, at: Moment) -> State | None:
        """How a report stands at a moment; None when nobody knows of it."""
        reached = [state for state in self.reports.get(one, ()) if state.since <= at]
        return reached[-1] if reached else None

    def before_joining(self, one: Owed) -> bool:
        """Whether its period was over when the province joined: it is made, and never late."""
        return one.ends < self.province.joined

    def steps(self, one: Owed) -> list[tuple[Moment, str, tuple[Contact, ...]]]:
        """Reminders and escalation with their moments, in order."""
        if one.begun_at is not None:
            found = [(one.due_at - hours * HOUR, f"before-{hours}h", to) for hours, to in BEFORE_HOURS.items()]
            found += [(one.due_at + hours * HOUR, f"after-{hours}h", to) for hours, to in AFTER_HOURS.items()]
            return sorted(found)
        before = BEFORE_ANNUAL if one.annual else BEFORE
        days = [(self.offices.counted(one.due_on, -count), f"before-{count}", to) for count, to in before.items()]
        for count, to in AFTER.items():
            days.append((self.offices.counted(one.due_on, count) if count else one.due_on + ONE_DAY, f"after-{count}", to))
        return sorted((datetime.combine(day, time.min), name, to) for day, name, to in days)

    def mornings(self) -> list[Moment]:
        """Every moment at which the watch looks."""
        found, day = [], self.first
        while day <= self.last:
            at = datetime.combine(day, WATCH_AT)
            if not any(hold.dag == "" and hold.since <= at < hold.until for hold in self.holds):
                found.append(at)
            day += ONE_DAY
        return found

    def hours(self) -> list[Moment]:
        """Every moment at which the hourly watch looks: while an incident's report has not gone out, or is on its way."""
        found = set()
        for one, states in self.reports.items():
            begun = one.begun_at or (self.news[one][0] if one in self.news else None)
            if begun is not None:
                at = begun.replace(minute=HOURLY_AT)
                while at <= min(states[-1].since + HOUR, datetime.combine(self.last, time.max)):
                    if at > begun:
                        found.add(at)
                    at += HOUR
        return sorted(found)

    def looks(self) -> list[tuple[Moment, bool]]:
        """Every look of a watch, the hourly ones marked."""
        return sorted([(at, False) for at in self.mornings()] + [(at, True) for at in self.hours()])

    def told(self) -> list[Told]:
        """Every mail of the watch, in order of time."""
        return sorted(told for _, told in self.talks())

    def talks(self) -> list[tuple[Moment, Told]]:
        """Every mail of the watch with the look at which it is sent."""
        found: list[tuple[Moment, Told]] = []
        months: set[str] = set()
        heard: set[Owed] = set()
        said: dict[Owed, dict[str, Moment]] = {}
        for at, hourly in self.looks():
            for one in self.province.owes():
                if one in self.news and self.news[one][0] < at and one not in heard:
                    heard.add(one)
                    found.append((at, Told(at.date(), f"watch.{self.news[one][1]}", ("engineer", "officer"))))
                for name, to in self._about(one, at, said.setdefault(one, {})):
                    if hourly and one.begun_at is None and not name.endswith(".deputy"):
                        continue
                    said[one][name] = at
                    topic = f"watch.{one.obligation}.{one.key}.{name}" + (f"@{at:%H}" if one.begun_at else "")
                    found.append((at, Told(at.date(), topic, to)))
            if hourly:
                continue
            month = f"{at:%Y-%m}"
            if month not in months and at.date() >= self.offices.on_or_after(at.date().replace(day=1)):
                months.add(month)
                found.append((at, Told(at.date(), f"board.{month}", BOARD)))
        return found

    def _about(self, one: Owed, at: Moment, said: dict[str, Moment]) -> list[tuple[str, tuple[str, ...]]]:
        state = self.state(one, at)
        known_from = (
            min(one.ends.replace(month=1, day=1), one.ends - timedelta(days=365))
            if one.annual
            else one.ends.replace(month=1, day=1)
        )
        if state is None and one.begun_at is None and one.ends > self.last and known_from <= at.date():
            # Its period ends after the simulated time: known, and nothing is done about it.
            state = State(datetime.combine(self.first, time.min), "expected", 1, None)
        if state is None or state.name in ("delivered", "acknowledged"):
            return []
        if state.name == "expected" and (self.before_joining(one) or at.date() < known_from):
            return []
        # A question that has stood for so long has expired: only a new run asks again.
        stuck = state.since + ANSWER_WITHIN if state.name == "in_review" else state.since
        if state.name == "expected":
            stuck = datetime.combine(one.ends + ONE_DAY, time.min)
        still = at >= stuck + STANDSTILL
        found: list[tuple[str, tuple[str, ...]]] = []
        reached = [step for step in self.steps(one) if step[0] <= at]
        if state.delivered_at is None and not self.before_joining(one) and reached and reached[-1][1] not in said:
            _, name, to = reached[-1]
            found.append((name, to if not still or "engineer" in to else (*to, "engineer")))
        elif still and not any(moment >= stuck + STANDSTILL for moment in said.values()):
            found.append((f"v{state.version}.{state.name}", ("engineer", "officer")))
        deputy = f"v{state.version}.deputy"
        if state.name == "in_review" and at - state.since >= DEPUTY_AFTER and deputy not in said:
            found.append((deputy, ("deputy", "officer")))
        return found

    def standing(self, one: Owed) -> tuple[str, int, int]:
        """How a report stands on the last day: standing, days late, corrections."""
        end = datetime.combine(self.last, WATCH_AT)
        state = self.state(one, datetime.combine(self.last, time.max))
        delivered = state.delivered_at if state else None
        corrections = max(0, sum(event.what == "approve" for event in self.events.get(one, ())) - 1)
        if self.before_joining(one):
            return "before_joining", 0, corrections
        late_at = delivered or end
        days = (late_at.date() - one.due_at.date()).days if late_at > one.due_at else 0
        if delivered:
            return ("late" if delivered > one.due_at else "in_time"), days, corrections
        return ("overdue" if end > one.due_at else "open"), days, corrections
