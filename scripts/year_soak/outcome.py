"""What came of a simulated year, as Markdown with a picture: read from the warehouse and from the mails, not from the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from year_soak.drive import Mail, World, gathered
from year_soak.model import Year
from year_soak.population import COMPARED, PEOPLE

NAMES = {"hai_phong": "Hải Phòng", "lang_son": "Lạng Sơn", "thai_nguyen": "Thái Nguyên"}
REPORTS = """
SELECT
    b.obligation,
    b.period_key,
    (b.due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::timestamp AS due_at,
    b.standing,
    coalesce(b.days_late, 0),
    (b.delivered_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::timestamp AS delivered_at,
    b.corrections::int,
    string_agg(
        concat(i.input, ' ', i.received, '/', i.expected, ', ', i.in_time, ' in time'), '; ' ORDER BY i.input
    ) FILTER (WHERE i.received > 0) AS inputs
FROM reporting.board AS b LEFT JOIN reporting.board_input AS i ON b.submission_id = i.submission_id
WHERE b.slug = '{slug}' AND b.period_to <= date '{last}'
GROUP BY b.submission_id, b.obligation, b.period_key, b.due_at, b.standing, b.days_late, b.delivered_at, b.corrections
ORDER BY b.due_at, b.obligation
"""
STANDINGS = {
    "in_time": ("in time", "#2e7d32"),
    "late": ("late", "#b26a00"),
    "overdue": ("overdue", "#b00020"),
    "open": ("open", "#607d8b"),
    "before_joining": ("ended before the province joined", "#607d8b"),
}


@dataclass(frozen=True)
class Report:
    """One report as it came out; `told` are the notices about it: (day, what)."""

    obligation: str
    key: str
    due_at: datetime
    standing: str
    days_late: int
    delivered_at: datetime | None
    corrections: int
    inputs: str
    told: list[tuple[date, str]]


def reports(world: World, year: Year, mails: list[Mail]) -> list[Report]:
    """The reports of a province by due time."""
    slug = year.province.slug
    told: dict[str, list[tuple[date, str]]] = {}
    for mail in gathered(mails, slug):
        if mail.topic.startswith("watch.") and mail.topic.count(".") > 2:
            _, obligation, key, what = mail.topic.split(".", 3)
            told.setdefault(f"{obligation}.{key}", []).append((mail.day, what))
    found = []
    for row in world.query(REPORTS.format(slug=slug, last=year.last)):
        obligation, key = row[0], row[1].partition("-")[0] if row[0] == "incident" else row[1]
        about = sorted(told.get(f"{obligation}.{key}", []))
        due_at, standing, days, delivered_at, corrections, inputs = row[2:]
        found.append(Report(obligation, key, due_at, standing, days, delivered_at, corrections, inputs or "", about))
    return found


HEAD = """<!-- Written by scripts/soak_year.py --write docs. -->

# A simulated year

{first} to {last}, {provinces}: every report that is owed in that time, with what goes wrong on the way. {said}

Repeat it with `make soak-year` (a C compiler is needed; about {minutes} minutes). It ends with status 1 and a line for each
thing that went otherwise. `make test` goes through the end of 2026 and Tết 2027 in one province, without a scheduler.

* **Expected** is what `scripts/year_soak/model.py` works out from the orders and [deadlines.md](deadlines.md): due days,
  days off written out by hand, who is told of what on which morning, lateness, corrections. It uses nothing of the project.
  Below stands what the warehouse and the mail catcher hold in the end.
* **The clock** of Airflow is moved from moment to moment: to the hour after each cut-off, when a person acts, to each
  morning on which the watch has something to tell. The scheduler starts every report by its timetable, each of its runs
  bears the legal due time, officers answer through the API. Nobody starts a report by hand but where the year says so.
* **The watch** runs through the scheduler on the mornings on which it has something to tell, and so does the hourly watch
  while an incident's report, or a mail that a person has to see to, is open. On the others their functions are called, and
  must tell nothing: through the scheduler they would take hours and show nothing else.
* **Forms** are workbooks: the system lays one down for every unit, cells are typed into it, it is dropped into the unit's
  folder. Many at once are taken in by calling what the DAG calls; a few at a time by the scheduler. Compared are received
  and in time of expected, and in each version of each report the sums of what the newest forms said when it was compiled.
* **People** are the project's sample (`sangloc sample --exams-until`), {people:,} in each province. Every sender sends a
  month's examinations on its last evening, some on the 10th of the next month, corrections a month later; an officer who
  knows everybody answers each case of linkage; in January everybody gets a book. Lists and examinations are taken in by
  calling what the DAGs call. In every version of every report these figures are compared with the sample's truth, counted
  by `scripts/year_soak/population.py` without the project's statements: {compared}; in all, by commune, sex, age, source
  and facility where the indicator has them. The truth takes one thing from the system: which examinations are in nobody's
  book, after none was found in a wrong one, none that number, name and birth date agree on is missing, and no more
  than 2 % (and two) are.

What goes wrong: the officer is away (Lạng Sơn, 2026-10; over Tết: Thái Nguyên, 2027-01); a DAG is paused and forgotten
(Thái Nguyên, 2026-11); the scheduler is down from 28 December 2026 to 11 January 2027; a report is sent back and made anew
(Hải Phòng, 2027-Q1; late: Lạng Sơn, 2027-02); nobody answers for the thirty days a question stands (Thái Nguyên, 2027-07);
a report that went out is corrected and acknowledged (Hải Phòng, 2027-05); incidents, one of them approved late; communes
and departments whose forms are late, empty, wrong in part or throughout, sent again, or never come, and reports that are
sent back to wait for them (Lạng Sơn and Thái Nguyên, 2026); a province that joins in the middle of a month (Thái Nguyên);
days off around every due day: Tết, Giỗ Tổ, 30 April, and a made-up notice that swaps 1 September 2027 with Saturday 28
August, so that no office works between the end of August and its due day. The mail server is away for hours on the last
working day in time (Hải Phòng, 2026-09), says 421 (Thái Nguyên, 2027-02) and 451 (Lạng Sơn, 2027-05), refuses one of two
recipients for good (Lạng Sơn, 2026), and takes a report and hangs up before it says so (Hải Phòng, 2026-10): the last two
wait for a person, who is told within the hour and answers.

Not in it: what facilities owe (Hải Phòng, quarterly); lists refreshed month by month, intake and linkage through the
scheduler (`tests/road`, `tests/stack`); the mail server failing while the watch sends; figures of plans and sessions,
health classes and findings, payers, groups, weekly progress and arrival delay (`tests/reporting`); the words of documents
(`tests/reporting`).

![Every report of three provinces](images/simulated-year.svg)

"""


def write(world: World, plan: list[Year], folder: Path, said: str, minutes: int) -> None:
    """Write simulated-year.md and images/simulated-year.svg.

    Args:
        said: how many reports and mails there were, and whether all went as it had to.
        minutes: how long it took.
    """
    mails = world.mails()
    found = {year.province.slug: reports(world, year, mails) for year in plan}
    text = HEAD.format(
        first=f"{min(year.first for year in plan):%d %B %Y}",
        last=f"{plan[0].last:%d %B %Y}",
        provinces=", ".join(NAMES[slug] for slug in found),
        said=said,
        minutes=minutes,
        people=PEOPLE,
        compared=", ".join(COMPARED),
    )
    lines = [line for year in plan for line in _table(year, found[year.province.slug])]
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "simulated-year.md").write_text(text + "\n".join(lines), encoding="utf-8")
    (folder / "images" / "simulated-year.svg").write_text(_picture(plan, found), encoding="utf-8")


def _table(year: Year, found: list[Report]) -> list[str]:
    slug = year.province.slug
    lines = [
        f"## {NAMES[slug]}, with the system since {year.province.joined:%d/%m/%Y}",
        "",
        "| obligation | period | due | went out | | reminders | escalation | others |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        due = f"{one.due_at:%a %d/%m/%Y}" if one.obligation != "incident" else f"{one.due_at:%a %d/%m/%Y %H:%M}"
        out = f"{one.delivered_at:%a %d/%m/%Y %H:%M}" if one.delivered_at else "–"
        standing = STANDINGS[one.standing][0] + (f", {one.days_late} d" if one.days_late else "")
        notes = [
            f"{what.replace('@', ' at ')}h {day:%d/%m}" if "@" in what else f"{what} {day:%d/%m}"
            for day, what in one.told
            if not what.startswith(("before", "after"))
        ]
        notes += [f"corrected {one.corrections}×"] if one.corrections else []
        notes += [one.inputs] if one.inputs else []
        lines.append(
            f"| {one.obligation} | {one.key} | {due} | {out} | {standing} | {_steps(one, 'before')} | {_steps(one, 'after')}"
            f" | {'; '.join(notes)} |"
        )
    return [*lines, ""]


def _steps(one: Report, kind: str) -> str:
    found = [(day, *what.partition("@")[::2]) for day, what in one.told if what.startswith(kind)]
    return ", ".join(
        f"{what.removeprefix(kind + '-')}: {day:%d/%m}" + (f" {hour}h" if hour else "") for day, what, hour in found
    )


def _picture(plan: list[Year], found: dict[str, list[Report]]) -> str:
    first, last = date(2026, 7, 1), max(year.last for year in plan) + timedelta(days=5)
    left, top, wide, lane = 170, 46, 1000, 26
    lanes = [(slug, name) for slug, rows in found.items() for name in sorted({one.obligation for one in rows})]
    height = top + len(lanes) * lane + 70

    def x(day: date) -> float:
        return left + (day - first).days * wide / (last - first).days

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-30 0 {left + wide + 50} {height}" font-family="sans-serif"',
        'font-size="11">',
        f'<rect x="-30" width="{left + wide + 50}" height="{height}" fill="#ffffff"/>',
    ]
    bottom = top + len(lanes) * lane
    month = first
    while month <= last:
        parts.append(f'<line x1="{x(month):.1f}" y1="{top - 6}" x2="{x(month):.1f}" y2="{bottom}" stroke="#e0e0e0"/>')
        parts.append(f'<text x="{x(month) + 2:.1f}" y="{top - 10}" fill="#555555">{month:%m/%y}</text>')
        month = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    for since, until, text in _bands(plan):
        parts.append(
            f'<rect x="{x(since):.1f}" y="{top - 6}" width="{max(x(until) - x(since), 2):.1f}" height="{bottom - top + 6}"'
            f' fill="#90a4ae" opacity="0.35"><title>{escape(text)}</title></rect>'
        )
        parts.append(f'<text x="{x(until):.1f}" y="{top - 26}" text-anchor="end" fill="#37474f">{escape(text)}</text>')
    for number, (slug, name) in enumerate(lanes):
        y = top + number * lane + lane / 2
        parts.append(f'<line x1="{left}" y1="{y}" x2="{left + wide}" y2="{y}" stroke="#eeeeee"/>')
        parts.append(f'<text x="-26" y="{y + 4}">{escape(NAMES[slug])} · {escape(name)}</text>')
        for one in (one for one in found[slug] if one.obligation == name):
            parts += _marks(one, x, y)
    key = [("#2e7d32", "went out in time"), ("#b26a00", "went out late"), ("#607d8b", "open, or ended before joining")]
    for number, (colour, text) in enumerate(key):
        parts.append(f'<circle cx="{left + number * 180}" cy="{bottom + 22}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{left + 10 + number * 180}" y="{bottom + 26}">{text}</text>')
    for number, (colour, text) in enumerate(
        (("#90a4ae", "reminder"), ("#6a1b9a", "work stands still, deputy asked"), ("#b00020", "escalation"))
    ):
        parts.append(f'<rect x="{left - 2 + number * 180}" y="{bottom + 38}" width="3" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{left + 10 + number * 180}" y="{bottom + 48}">{text}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _bands(plan: list[Year]) -> list[tuple[date, date, str]]:
    holds = [(hold.since.date(), hold.until.date(), "scheduler down") for hold in plan[0].holds if not hold.dag]
    return [*holds, (date(2027, 2, 4), date(2027, 2, 11), "Tết")]


def _marks(one: Report, x: Any, y: float) -> list[str]:
    parts = []
    for day, what in one.told:
        colour = "#90a4ae" if what.startswith("before") else "#b00020" if what.startswith("after") else "#6a1b9a"
        parts.append(
            f'<rect x="{x(day) - 1:.1f}" y="{y - 9}" width="2" height="18" fill="{colour}">'
            f"<title>{day}: {escape(what)}</title></rect>"
        )
    text, colour = STANDINGS[one.standing]
    at = (one.delivered_at or one.due_at).date()
    if one.days_late:
        due = x(one.due_at.date())
        parts.append(f'<line x1="{due:.1f}" y1="{y}" x2="{x(at):.1f}" y2="{y}" stroke="{colour}" stroke-width="3"/>')
    title = f"{one.key}: due {one.due_at:%d/%m/%Y}, {text}" + (
        f", out {one.delivered_at:%d/%m/%Y %H:%M}" if one.delivered_at else ""
    )
    fill = colour if one.delivered_at else "#ffffff"
    parts.append(
        f'<circle cx="{x(at):.1f}" cy="{y}" r="4.5" fill="{fill}" stroke="{colour}"><title>{escape(title)}</title></circle>'
    )
    return parts
