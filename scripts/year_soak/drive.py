"""Lets the year happen: through the calendar moment by moment, in a world that is either the areas' public functions alone
or the whole stack with its scheduler."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Protocol

from year_soak.model import ONE_DAY, Event, Moment, Owed, Told, Trouble, Year
from year_soak.population import COMPARED, Population
from year_soak.scenario import Input, Sent


@dataclass(frozen=True)
class Mail:
    """A mail as it was delivered: on which Vietnamese day, its Message-ID's left side, its envelope's recipients, the hour."""

    day: date
    topic: str
    to: tuple[str, ...]
    hour: int = 0


class World(Protocol):
    """Where the year happens."""

    def at(self, now: Moment) -> None:
        """Set the clock."""

    def settle(self, states: dict[tuple[str, str, str], tuple[str, int]]) -> None:
        """Let Airflow do what is due, until the reports (province, obligation, period) have these states and versions."""

    def watch(self, slug: str, silent: bool, hourly: bool) -> None:
        """The morning's watch or the hourly one; `silent` when it has nothing to tell."""

    def act(self, slug: str, one: Owed, event: Event) -> None:
        """What a person does."""

    def open_incident(self, slug: str) -> None:
        """A person reports an incident."""

    def lay_forms(self, slug: str) -> None:
        """The empty forms are laid down for every unit."""

    def receive(self, owed: Input, sent: Sent) -> None:
        """Units fill in their forms and send them."""

    def hold(self, dag: str, on: bool) -> None:
        """Pause a DAG, or stop the scheduler (no name); and the opposite."""

    def post_office(self, trouble: Trouble | None) -> None:
        """The mail server fails from now on; none: it works again."""

    def retry(self, slug: str) -> None:
        """The mail server has been back for a while: what waits goes out."""

    def join(self, slug: str) -> None:
        """A province begins to work with the system."""

    def mails(self) -> list[Mail]:
        """Every mail that was taken by the mail server."""

    def query(self, statement: str) -> list[Any]:
        """Rows of the warehouse."""


def simulate(
    world: World,
    plan: list[Year],
    inputs: tuple[Input, ...] = (),
    say: Callable[[str], None] = lambda _: None,
    population: Population | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> date:
    """Go through the time that `plan` is about; returns the last day that was gone through.

    Args:
        say: is told each month that begins.
        enough: whether to stop at the end of a month.
        population: people and their examinations.
    """
    talking = {(year.province.slug, at) for year in plan for at, _ in year.talks()}
    month = ""
    for moment, actions in _agenda(plan, inputs, talking, population):
        if f"{moment:%Y-%m}" != month:
            if month and enough():
                return moment.date().replace(day=1) - ONE_DAY
            month = f"{moment:%Y-%m}"
            say(month)
        world.at(moment)
        for act in actions:
            act(world)
        world.settle(_states(plan, moment))
    return max(year.last for year in plan)


def _agenda(
    plan: list[Year], inputs: tuple[Input, ...], talking: set[tuple[str, Moment]], population: Population | None
) -> Iterator[tuple[Moment, list[Callable[[World], None]]]]:
    """Each moment at which something happens, with what."""
    found: dict[Moment, list[Callable[[World], None]]] = {}

    def note(moment: Moment, act: Callable[[World], None] | None = None) -> None:
        found.setdefault(moment, []).extend([act] if act else [])

    for year in plan:
        slug = year.province.slug
        note(datetime.combine(year.first, time(0, 30)), lambda world, slug=slug: world.join(slug))  # type: ignore[misc]
        for one, states in year.reports.items():
            if one.begun_at is not None:
                note(one.begun_at, lambda world, slug=slug: world.open_incident(slug))  # type: ignore[misc]
            for before, state in zip([None, *states], states, strict=False):
                if state.name != "expected":
                    note(state.since)
                settled = Event(state.since, "settle") in year.events[one]
                if before and (before.name, state.name) == ("sending", "delivered") and not settled:
                    note(state.since, lambda world, slug=slug: world.retry(slug))  # type: ignore[misc]
            for event in year.events[one]:
                note(event.at, lambda world, slug=slug, one=one, event=event: world.act(slug, one, event))  # type: ignore[misc]
        for at, hourly in year.looks():
            quiet = (slug, at) not in talking
            note(at, lambda world, slug=slug, quiet=quiet, hourly=hourly: world.watch(slug, quiet, hourly))  # type: ignore[misc]
        for at, come in population.agenda(slug) if population else ():
            note(at, come)
    first, last = min(year.first for year in plan), max(year.last for year in plan)
    for hold in plan[0].holds:
        if first <= hold.since.date() <= last:
            note(hold.since, lambda world, dag=hold.dag: world.hold(dag, True))  # type: ignore[misc]
            note(hold.until, lambda world, dag=hold.dag: world.hold(dag, False))  # type: ignore[misc]
    for trouble in plan[0].troubles:
        if first <= trouble.since.date() <= last:
            note(trouble.since, lambda world, trouble=trouble: world.post_office(trouble))  # type: ignore[misc]
            note(trouble.until, lambda world: world.post_office(None))
    for owed in inputs:
        if owed.sent:
            note(owed.laid_at, lambda world, slug=owed.slug: world.lay_forms(slug))  # type: ignore[misc]
        for sent in owed.sent:
            if first <= sent.at.date() <= last:
                note(sent.at, lambda world, owed=owed, sent=sent: world.receive(owed, sent))  # type: ignore[misc]
    return iter(sorted(found.items()))


def _states(plan: list[Year], moment: Moment) -> dict[tuple[str, str, str], tuple[str, int]]:
    found = {}
    for year in plan:
        for one in year.reports:
            state = year.state(one, moment)
            if state is not None and state.name != "expected":
                found[year.province.slug, one.obligation, one.key] = (state.name, state.version)
    return found


def differences(
    world: World,
    plan: list[Year],
    contacts: dict[str, dict[str, str]],
    inputs: tuple[Input, ...] = (),
    population: Population | None = None,
) -> list[str]:
    """What happened otherwise than it had to; nothing when the year went as it should.

    Args:
        contacts: for each province, the mailbox of officer, deputy, engineer and superior.
    """
    found = []
    mails = world.mails()
    for year in plan:
        slug = year.province.slug
        own = gathered(mails, slug)
        found += _of_the_watch(slug, year.told(), own, contacts[slug])
        found += _of_the_reports(year, own, contacts[slug])
        found += _of_the_board(world, year)
    for owed in inputs:
        found += _of_the_input(world, owed)
    for year in plan:
        found += _of_the_forms(world, year, inputs)
        if population:
            found += _of_the_people(world, year, population)
    return found


def gathered(mails: list[Mail], slug: str) -> list[Mail]:
    """The mails of a province with one topic and day as one: a mail may go to each of its recipients by itself.

    A topic has lost what no model can know: the end of an incident's key, and the hash of a single recipient. What the watch
    says of an incident ends with its hour.
    """
    found: dict[tuple[date, str], list[str]] = {}
    for mail in mails:
        own, _, topic = mail.topic.partition(".")
        if own == slug:
            topic = re.sub(r"(?<=incident\.)(\d{8})-[0-9a-f]{8}\b", r"\1", re.sub(r"\.[0-9a-f]{12}$", "", topic))
            # Of a mail: its number and how often it was tried.
            topic = re.sub(r"^(watch\.(?:refused|in-doubt))\.\d+\.\d+$", r"\1", topic)
            if topic.startswith("watch.incident."):
                topic += f"@{mail.hour:02}"
            found.setdefault((mail.day, topic), []).extend(mail.to)
    return [Mail(day, topic, tuple(sorted(to))) for (day, topic), to in sorted(found.items())]


def _of_the_watch(slug: str, expected: list[Told], mails: list[Mail], contacts: dict[str, str]) -> list[str]:
    names = {address: name for name, address in contacts.items()}
    got = {
        (mail.day, mail.topic, tuple(sorted(names.get(address, "a stranger") for address in mail.to)))
        for mail in mails
        if mail.topic.startswith(("watch.", "board."))
    }
    wanted = {(told.day, told.topic, tuple(sorted(told.to))) for told in expected}
    return [
        f"{slug}: {day} {topic} to {', '.join(to)} {'came' if (day, topic, to) in got else 'did not come'}"
        for day, topic, to in sorted(got ^ wanted)
    ]


def _of_the_reports(year: Year, mails: list[Mail], contacts: dict[str, str]) -> list[str]:
    """Each version asked for once, sent back to the engineer once, delivered once to each recipient, on its day."""
    slug, found = year.province.slug, []
    for one, states in year.reports.items():
        name = f"{one.obligation}.{one.key}"
        wanted = {
            Mail(state.since.date(), f"{name}.v{state.version}.review", (contacts["officer"],))
            for state in states
            if state.name == "in_review"
        }
        wanted |= {
            Mail(day, f"{name}.v{version}.delivery", to)
            for (report, version), (day, to) in year.mailed.items()
            if report == one and to and day <= year.last
        }
        wanted |= {
            Mail(state.since.date(), f"sent-back.{name}.v{state.version}", (contacts["engineer"],))
            for state in states
            if state.name == "sent_back"
        }
        got = {mail for mail in mails if mail.topic.removeprefix("sent-back.").startswith(f"{name}.")}
        for mail in sorted(got ^ wanted, key=lambda each: (each.day, each.topic)):
            outcome = "came" if mail in got else "did not come"
            found.append(f"{slug}: {mail.day} {mail.topic} to {', '.join(mail.to)} {outcome}")
    return found


BOARD = """
SELECT obligation, CASE WHEN cadence = 'ad_hoc' THEN split_part(period_key, '-', 1) ELSE period_key END AS period,
    (due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::timestamp AS due_at, standing, coalesce(days_late, 0), corrections::int, state
FROM reporting.board WHERE slug = '{slug}'
"""


def board(world: World, slug: str) -> dict[tuple[str, str], Any]:
    """The warehouse's board of a province by obligation and period: due, standing, days late, corrections, state."""
    return {(row[0], row[1]): tuple(row[2:]) for row in world.query(BOARD.format(slug=slug))}


def _of_the_board(world: World, year: Year) -> list[str]:
    slug, rows, found = year.province.slug, board(world, year.province.slug), []
    for one in year.province.owes():
        row = rows.pop((one.obligation, one.key), None)
        if one.ends > year.last and row is None:
            continue
        standing, days, corrections = year.standing(one)
        state = year.state(one, datetime.combine(year.last, time.max))
        wanted = (one.due_at, standing, days, corrections, state.name if state else "expected")
        if row != wanted:
            found.append(f"{slug}: {one.obligation} {one.key} stands {_row(row)}; expected {_row(wanted)}")
    for (obligation, key), row in rows.items():
        if row[0].date().year <= year.last.year:
            found.append(f"{slug}: {obligation} {key} is on the board and is not owed: {_row(row)}")
    return found


def _row(row: tuple[Any, ...] | None) -> str:
    return (
        "nowhere"
        if row is None
        else f"due {row[0]:%Y-%m-%d %H:%M}, {row[1]}, {row[2]} days late, {row[3]} corrections, {row[4]}"
    )


INPUT = """
SELECT (i.due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, i.expected::int, i.received::int, i.in_time::int
FROM reporting.board_input AS i INNER JOIN reporting.board AS b ON i.submission_id = b.submission_id
WHERE b.slug = '{slug}' AND b.obligation = '{obligation}' AND b.period_key = '{key}' AND i.input = '{name}'
"""


def _of_the_input(world: World, owed: Input) -> list[str]:
    rows = world.query(INPUT.format(slug=owed.slug, obligation=owed.obligation, key=owed.key, name=owed.name))
    wanted = [(owed.due_on, owed.expected, owed.received, owed.in_time)]
    got = [tuple(row) for row in rows]
    return [] if got == wanted else [f"{owed.slug}: {owed.obligation} {owed.key} {owed.name}: {got}; expected {wanted}"]


FIGURES = """
SELECT n.version, f.indicator, f.breakdown, f.key, f.numerator::float, f.denominator::float
FROM reporting.figure AS f INNER JOIN reporting.snapshot AS n ON f.snapshot_id = n.snapshot_id
INNER JOIN reporting.board AS b ON n.submission_id = b.submission_id
WHERE b.slug = '{slug}' AND b.obligation = '{obligation}' AND b.period_key LIKE '{key}%' AND f.indicator IN ({names})
"""
ADDED_UP = (
    "conferences", "party_cell_meetings", "union_meetings", "news_articles", "columns", "media_products", "doctor_rotations",
)  # fmt: skip


def figures(world: World, slug: str, one: Owed, names: Iterable[str]) -> dict[int, dict[tuple[str, str, str], Any]]:
    """What each version of a report counted: numerator and denominator by indicator, breakdown and key."""
    found: dict[int, dict[tuple[str, str, str], Any]] = {}
    shown = ", ".join(f"'{name}'" for name in names)
    statement = FIGURES.format(slug=slug, obligation=one.obligation, key=one.key, names=shown)
    for version, indicator, breakdown, key, numerator, denominator in world.query(statement):
        found.setdefault(version, {})[indicator, breakdown, key] = (numerator, denominator)
    return found


def _of_the_forms(world: World, year: Year, inputs: tuple[Input, ...]) -> list[str]:
    """Every version of a report counts the newest form that each unit had sent when it was compiled."""
    slug, found = year.province.slug, []
    for one, states in year.reports.items():
        own = [owed for owed in inputs if (owed.slug, owed.obligation, owed.key) == (slug, one.obligation, one.key)]
        if not own:
            continue
        counted = figures(world, slug, one, ("inputs_received", *ADDED_UP))
        for state in states:
            if state.name != "in_review":
                continue
            wanted: dict[tuple[str, str, str], Any] = {}
            for owed in own:
                taken = owed.arrivals(state.since)
                wanted["inputs_received", "input", owed.name] = (len(taken), owed.expected)
                for figure, value in owed.sums(state.since).items():
                    if figure in ADDED_UP:
                        for place in ((figure, "total", ""), (figure, "unit_kind", owed.kind)):
                            wanted[place] = (wanted.get(place, (0,))[0] + value, None)
            got = counted.get(state.version, {})
            names = {owed.name for owed in own}
            got = {
                place: value
                for place, value in got.items()
                if (place[0] in ADDED_UP and value[0] is not None)
                or (place[0] == "inputs_received" and place[1] == "input" and place[2] in names)
            }
            found += unlike(f"{slug}: {one.obligation} {one.key} v{state.version}", got, wanted)
    return found


def _of_the_people(world: World, year: Year, population: Population) -> list[str]:
    """Every version of a report counts people and examinations as the sample's truth has them at that moment."""
    slug, found = year.province.slug, list(population.places[year.province.slug].wrong)
    for one, states in year.reports.items():
        counted = figures(world, slug, one, COMPARED)
        for state in states:
            wanted = population.expected(slug, one, state.since) if state.name == "in_review" else {}
            if wanted:
                kinds = {place[:2] for place in wanted}
                got = {place: value for place, value in counted.get(state.version, {}).items() if place[:2] in kinds}
                # Forms are rejected too; those are counted elsewhere.
                got.pop(("rows_rejected", "kind", "form"), None)
                population.compared += len(wanted)
                found += unlike(f"{slug}: {one.obligation} {one.key} v{state.version}", got, wanted)
    return found


def unlike(name: str, got: dict[tuple[str, str, str], Any], wanted: dict[tuple[str, str, str], Any]) -> list[str]:
    """A line for each figure that is not as it should be."""
    return [
        f"{name}: {' '.join(place)} is {got.get(place)}; expected {wanted.get(place)}"
        for place in sorted(got.keys() | wanted.keys())
        if got.get(place) != wanted.get(place)
    ]
